/**
 * The command `cards burn`.
 *
 * - resumed: the record of the ends is beside the list, so a run after Ctrl-C or a crash goes on.
 * - stop: the first SIGINT or SIGTERM lets the open deletions end; the second ends the process.
 * - progress: on a terminal one line on standard error is written again and again.
 */
import { systemClock } from '../runtime/ports/clock.ts';
import { type BurnedCard, BurnRecord, cardsIn } from './burn-list.ts';
import { type BurnCounts, BurnRun } from './burn-run.ts';
import { burnReport, progressLine, reportLines } from './burn-text.ts';
import { exitCodes } from './exit-codes.ts';
import { textOfFile } from './named-file.ts';
import { print, withEscapes } from './print.ts';
import { type ServiceAccess, withServiceAccess } from './service-requests.ts';
import type { StorageOptions } from './storage-options.ts';

export type BurnOptions = StorageOptions & {
  readonly file: string;
  readonly record?: string;
  readonly owner?: string;
  readonly service: string;
  readonly atOnce: number;
  readonly json?: boolean;
};

const progressMs = 200;

export async function burnCards(options: BurnOptions): Promise<void> {
  const { file, record: path = `${file}.ends`, owner, service } = options;
  const cards = cardsIn(await textOfFile('the list', file), { file, owner });
  const record = BurnRecord.open(path);
  const open = cards.filter(({ id }) => !record.isOver(id));
  const startedAtMs = systemClock.now();
  const report = (counts: BurnCounts) =>
    burnReport(cards.length, cards.length - open.length, counts, systemClock.now() - startedAtMs);
  const counts = await withServiceAccess(service, options, (access) =>
    burned(open, record, access, options.atOnce, (now) => progressLine(report(now))),
  );
  const { failed, left } = report(counts);
  if (failed + left > 0) process.exitCode = exitCodes.failed;
  if (options.json === true) print(JSON.stringify({ ...report(counts), record: path }));
  else for (const line of reportLines(report(counts), path)) print(line);
}

async function burned(
  cards: readonly BurnedCard[],
  record: BurnRecord,
  access: ServiceAccess,
  atOnce: number,
  lineOf: (counts: BurnCounts) => string,
): Promise<BurnCounts> {
  const now = { done: 0, partly: 0, failed: 0 };
  const run = new BurnRun({
    access,
    clock: systemClock,
    atOnce,
    ended: (end) => {
      record.note(end);
      now[end.outcome] += 1;
    },
  });
  const stop = () => run.stop();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, stop);
  const hide = shownAgain(() => lineOf(now));
  try {
    return await run.burn(cards);
  } finally {
    hide();
    for (const signal of signals) process.off(signal, stop);
  }
}

/** Shows a line on a terminal until the returned function is called. */
function shownAgain(lineOf: () => string): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => undefined;
  let cancel: () => void = () => undefined;
  const show = () => {
    stderr.write(`\r\u001b[K${withEscapes(lineOf()).slice(0, stderr.columns - 1)}`);
    cancel = systemClock.after(progressMs, show);
  };
  show();
  return () => {
    cancel();
    stderr.write('\r\u001b[K');
  };
}
