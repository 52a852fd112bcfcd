/** A deletion of a card at each stage, for the tests of its machine. */
import type { DeletionPorts } from '../../../../actors/cards/card-deletion.ts';
import { cardDeletionMachine } from '../../../../actors/cards/card-deletion-machine.ts';
import type { Card, CardLookup } from '../../../../actors/cards/store.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { answer, caller, given, message } from '../../../../testing.ts';

export const ports: DeletionPorts = {
  locks: { acquire: async () => undefined, keep: () => undefined, release: async () => true },
  settings: {
    lockTtlMs: 60_000,
    lockDeadlineMs: 5_000,
    callerDeadlineMs: 30_000,
    filesWaitMs: 5_000,
    undeleteMs: 0,
    ownerHeader: null,
    provesUsers: false,
  },
  burns: { exchange: 'mcard.single_burn', routingKey: 'mcard.single_burn' },
  transactions: { exchange: 'transaction.process', routingKey: 'transaction.process' },
  files: { exchange: 'file_management_queue', routingKey: 'file_management_queue' },
  chains: { exchange: 'chains', routingKey: 'chains_consume' },
};

export const definition = defineMachine(cardDeletionMachine(ports));

export const atMs = 1_000_000;

export const files = ['file:///tmp/a.png', 'file:///tmp/b.png'];

export const card: Card = {
  id: 'c1',
  owner: 'kim',
  kind: 'db',
  state: 'active',
  transaction: 't1',
  metadata: { must_be_deleted_files: files },
  version: 4,
};

export const lookup: CardLookup = { card, tombstone: null };

export const marked: CardLookup = {
  card: { ...card, state: 'deleted', version: 5 },
  tombstone: null,
};

export const replyTo = caller('q1');

export const ok = { response: 'ok' };

export const lock = { name: 'transaction/t1', holder: 'c1' };

export function deletion(
  options: { owner?: string; mode?: 'sync' | 'async'; read?: CardLookup; from?: string } = {},
) {
  const { owner = 'kim', mode, read = lookup, from = 'q1' } = options;
  return message(
    'delete',
    { id: 'c1', owner, ...(mode === undefined ? {} : { mode }) },
    { read, replyTo: caller(from) },
  );
}

export function burn(read = lookup, owner = 'kim') {
  return message('mcard_burn', { card: 'c1', owner }, { read });
}

export function markQuestion(refusals = 0) {
  const data = { transaction: 't1', card: 'c1', state: 'DELETE' };
  return {
    exchange: 'transaction.process',
    routingKey: 'transaction.process',
    action: 'process',
    data,
    messageId: `service/c1/new-1/DELETE/${refusals}`,
    answer: 'transaction.marked',
  };
}

export function error(name: string, code: number) {
  return { name, code, message: 'why' };
}

const first = { ticket: 7, ahead: null };

export function removal(row: Card | null = marked.card, shared: readonly string[] = []) {
  return { 'cards.removal': { card: row, shared } as never, 'cards.turn': first as never };
}

export const fileIds = files.map((url, index) => ({ url, id: `service/c1/new-1/file/${index}` }));

export const fileEnds = (...answers: readonly JsonObject[]) =>
  answers.map((body, index) => answer('file.ended', body, fileIds[index]));

export const start = given(definition, { key: 'c1', atMs, reads: removal() });

export const begun = start.when(deletion());

export const locking = begun.waits(0);

export const marking = locking.finishes('acquireLock', null);

export const confirming = marking.when(answer('transaction.marked', ok));

export const releasing = confirming.when(answer('transaction.confirmed', ok));

export const collecting = releasing.finishes('releaseLock', true);

export const queued = start.when(deletion({ mode: 'async' }));
