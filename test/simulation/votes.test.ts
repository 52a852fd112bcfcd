/** The rules of the votes speak of something: a decision whose votes nobody has seen breaks a rule. */

import { MemoryLedgerTables } from '../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import { MemoryTables } from '../../actors/hierarchy/memory/memory-tables.ts';
import type { OutboxRow, TurnCommit } from '../../runtime/ports/journal-rows.ts';
import { assert, suite } from '../support/suite.ts';
import { Chronicle } from './consent/chronicle.ts';
import { idOf } from './consent/names.ts';
import { unseenVoter } from './consent/safety-of-decisions.ts';

const test = suite('votes of the simulation');
const saga = 's1';
const voter = 'tags_model_crud';

/** The commit in which the voter answers the question about the node. */
function answering(messageId: string): TurnCommit {
  const address = { service: voter, machine: 'voter', key: saga };
  const outbox = [
    { address, properties: { messageId, type: 'answer' }, body: { response: 'ok' } },
  ] as unknown as readonly OutboxRow[];
  const rows = { inbox: [], repeated: [], deadLetters: [], asks: [], answered: [] };
  return {
    address,
    record: null,
    writes: [],
    history: [],
    outbox,
    ...rows,
  } as unknown as TurnCommit;
}

/** The voter on the list whose vote the chronicle has not seen. */
function unseenAfter(...messageIds: readonly string[]): string | undefined {
  const chronicle = new Chronicle(new MemoryTables(), new MemoryLedgerTables(), new Map());
  const events = messageIds.flatMap((id) => chronicle.take([answering(id)]));
  assert.ok(events.every(({ what }) => what === 'voted'));
  return unseenVoter(chronicle.story(saga), ['old_1', voter]);
}

test('the vote of a service of ours is seen by the id of its answer', () => {
  const question = `${saga}/${idOf('o1')}/mayDelete/${voter}`;
  assert.is(unseenAfter(`${question}@objects_model_crud/answer`), undefined);
});

test('a listed service of ours without a vote is named, and an old peer is not', () => {
  assert.is(unseenAfter(), voter);
  assert.is(
    unseenAfter(`${saga}/${idOf('o1')}/deleting/${voter}@objects_model_crud/answer`),
    voter,
  );
});

test.run();
