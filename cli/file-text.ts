/** The lines of `files reconcile`. */
import type { FileFindings } from '../composition/file-findings.ts';

export type Repair = {
  readonly url: string;
  /** The receipt. */
  readonly id: string;
  /** Null for a file that is gone, or that is in quarantine. */
  readonly failure: string | null;
  /** The end of the quarantine, milliseconds since the epoch. */
  readonly untilMs: number | null;
};

export function findingLines({
  lost,
  unlisted,
  open,
  strays,
  compared,
}: FileFindings): readonly string[] {
  const { rows, files, receipts, unseen, unnamed } = compared;
  return [
    ...lost.map(
      ({ row, service, url, receipt }) =>
        `row without file         ${url}  ${row} of ${service}${receipt === null ? '' : `, receipt ${receipt}`}`,
    ),
    ...unlisted.map(
      ({ url, bytes, changedAtMs, receipt }) =>
        `file without row         ${url}  ${bytes} bytes, of ${timeText(changedAtMs)}${receipt === null ? '' : `, receipt ${receipt}`}`,
    ),
    ...open.map(
      ({ id, url, state, note }) =>
        `receipt without either   ${url}  receipt ${id} is ${state}${note === null ? '' : `: ${note}`}`,
    ),
    ...strays.map((path) => `quarantine, no receipt   ${path}`),
    `compared ${counted(rows, 'row')}, ${counted(files, 'file')}, ${counted(receipts, 'receipt')}`,
    ...(unseen === 0 ? [] : [`not compared: ${unseen} listed files, at places without a list`]),
    ...(unnamed === 0 ? [] : [`not compared: ${unnamed} files that no URL names exactly`]),
  ];
}

export function repairLine({ id, url, failure, untilMs }: Repair): string {
  if (failure !== null) return `not removed   ${url}  receipt ${id}: ${failure}`;
  const until = untilMs === null ? '' : `, in quarantine until ${timeText(untilMs)}`;
  return `removed       ${url}  receipt ${id}${until}`;
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
