/**
 * The commands `sagas show` and `sagas schema`, and the records behind other commands.
 *
 * - one-reader: only one process may open an embedded database. A running `unanimous up` with the
 *   same data folder is therefore asked first; the databases of the configs are read only if no
 *   such process runs. Reading makes no table.
 */
import { Value } from 'typebox/value';
import { sagaRecord } from '../actors/consent/saga-record.ts';
import { type SagaRecord, SagaRecordSchema } from '../actors/consent/saga-record-schema.ts';
import { redact, redactText } from '../config/redact.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { HistoryLine } from '../runtime/ports/journal-rows.ts';
import type { Json } from '../runtime/ports/json.ts';
import { print } from './print.ts';
import { RunningProcess } from './running-process.ts';
import { sagaLines } from './saga-text.ts';
import type { StorageOptions } from './storage-options.ts';
import { withStoredRows } from './stored-services.ts';

export interface ShowOptions extends StorageOptions {
  readonly json?: boolean;
}

export async function showSaga(saga: string, options: ShowOptions): Promise<void> {
  const record = await recordOfSaga(saga, options);
  if (options.json === true) return print(JSON.stringify(redact(record as Json)));
  for (const line of sagaLines(record)) print(redactText(line));
}

export function showSagaSchema(): void {
  print(JSON.stringify(SagaRecordSchema, null, 2));
}

/** Rejects with `Refused('not-found')` if no journal has a line of the saga. */
export async function recordOfSaga(saga: string, options: StorageOptions): Promise<SagaRecord> {
  const running = await RunningProcess.find(options.data);
  const record = await (running?.sagaRecord(saga) ?? storedRecord(saga, options));
  if (Value.Check(SagaRecordSchema, record)) return record;
  throw new Refused('not-found', `no journal knows a saga ${saga}`);
}

/** The history of a saga or of a card in all journals. */
export async function historyOf(
  topic: string,
  options: StorageOptions,
): Promise<readonly HistoryLine[]> {
  const running = await RunningProcess.find(options.data);
  return (
    (await running?.history(topic)) ?? withStoredRows(options, ({ history }) => history(topic))
  );
}

async function storedRecord(
  saga: string,
  options: StorageOptions,
): Promise<SagaRecord | undefined> {
  const lines = await withStoredRows(options, ({ history }) => history(saga));
  return sagaRecord(saga, lines);
}
