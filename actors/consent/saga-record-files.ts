/**
 * The files of a saga record: the state of each removal of a deleted node's file, by its latest
 * history line. Pure.
 *
 * The file remover writes the lines. A removal that failed and its replay count as one file.
 */
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import { textIn, textOrNull } from './saga-history.ts';
import type { SagaRecord } from './saga-record-schema.ts';

type RecordedFile = SagaRecord['files'][number];

const states: ReadonlyMap<string, RecordedFile['state']> = new Map([
  ['file queued', 'queued'],
  ['file waits', 'waiting'],
  ['file in quarantine', 'quarantined'],
  ['file removed', 'removed'],
  ['file absent', 'absent'],
  ['file restored', 'restored'],
  ['file kept', 'kept'],
  ['file not removed', 'not removed'],
]);

/** In the order in which the removals began. */
export function filesIn(lines: readonly HistoryLine[]): RecordedFile[] {
  const files = new Map<string, RecordedFile>();
  for (const { address, atMs, line } of lines) {
    const state = states.get(textIn(line, 'what'));
    if (state === undefined) continue;
    const { bytes } = line;
    const file = textIn(line, 'file');
    files.set(file, {
      file,
      url: textIn(line, 'url'),
      service: address.service,
      state,
      bytes: typeof bytes === 'number' ? bytes : null,
      sha256: textOrNull(line, 'sha256'),
      reason: textOrNull(line, 'note'),
      atMs,
    });
  }
  return [...files.values()];
}

export function isUnremoved({ state }: Pick<RecordedFile, 'state'>): boolean {
  return state === 'not removed';
}

/** Whether the removal has no end so far. */
export function isToGo({ state }: Pick<RecordedFile, 'state'>): boolean {
  return state === 'queued' || state === 'waiting' || state === 'quarantined';
}
