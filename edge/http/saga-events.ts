/**
 * The history of a saga as server-sent events, as the lines are committed.
 *
 * - event: the id of a line, the kind of the line as the type, and the line with time and service as
 *   the data. The event `end` with the id `end` is the last one.
 * - any-process: the lines are read from the journals at intervals, since any process may write
 *   them.
 * - resume: after `Last-Event-ID` only later lines are sent; a line of another service whose clock is
 *   behind may be among the earlier ones, so the record of the saga is the whole truth.
 */
import { sagaRecord } from '../../actors/consent/saga-record.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';

export const endId = 'end';

export interface SagaFeed {
  history(saga: string): Promise<readonly HistoryLine[]>;
  /** Resolves to true after an interval, to false when the server stops. */
  pause(): Promise<boolean>;
}

/** The texts of the events. Ends after the saga, or when the server stops. */
export async function* sagaEvents(
  saga: string,
  { history, pause }: SagaFeed,
  lastId?: string,
): AsyncGenerator<string> {
  let sent = new Set<string>();
  let isFirst = true;
  do {
    const lines = await history(saga);
    if (isFirst) sent = upTo(lastId, lines);
    isFirst = false;
    const unsent = lines.filter(({ id }) => !sent.has(id));
    for (const { id } of unsent) sent.add(id);
    yield unsent.length === 0 ? ': alive\n\n' : unsent.map(lineEvent).join('');
    const record = sagaRecord(saga, lines);
    if (record !== undefined && isOver(record)) {
      yield eventText(endId, 'end', { saga, state: record.state });
      return;
    }
  } while (await pause());
}

function upTo(lastId: string | undefined, lines: readonly HistoryLine[]): Set<string> {
  const last = lines.findIndex(({ id }) => id === lastId);
  return new Set(lines.slice(0, last + 1).map(({ id }) => id));
}

function isOver({
  state,
  open,
}: {
  readonly state: string;
  readonly open: readonly unknown[];
}): boolean {
  return (state === 'done' || state === 'called off') && open.length === 0;
}

function lineEvent({ id, atMs, address: { service }, line }: HistoryLine): string {
  return eventText(id, String(line['what']), { atMs, service, ...line });
}

/** JSON has no line breaks, so the data are one line. */
function eventText(id: string, type: string, data: JsonObject): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
