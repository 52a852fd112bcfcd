/** The answers of an owner to a voter in doubt: `isDeleting`, `isUpdating`, and presumed abort. */

import type { LedgerReads } from '../../../../actors/consent/ledger/store.ts';
import { inquiryMachine } from '../../../../actors/peer/inquiry-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, ok, tagsSettings, under } from '../consent/sample.ts';

const test = suite('inquiry');
const machine = inquiryMachine(tagsSettings);
const wait = { response: 'wait' };
type States = LedgerReads['engagementStates']['result'];

function asked(
  states: States,
  ids: readonly string[] = [id(1)],
  action = 'isDeleting',
  headers: Headers = {},
): MachineSpec {
  const data = { id: ids.length === 1 ? (ids[0] as string) : ids };
  return given(machine).when(
    message(action, data, {
      read: asJson(states),
      headers: under('T', headers),
      from: 'alerts',
      replyTo: caller('i1'),
    }),
  );
}

test('no record means called off (presumed abort)', () => {
  const answered = asked([]);
  assert.is((answered.answered() as { response: string }).response, 'no');
  answered.then({ publishes: [] }).thenEnded();
});

for (const state of ['asking', 'promised'] as const) {
  test(`${state}: wait, which is not recorded`, () => {
    asked([{ nodeId: id(1), state }]).then({
      replies: [{ body: wait, recorded: false }],
      publishes: [],
    });
  });
}

for (const [engagedAt, questionHops, response] of [
  [0, 1, 'wait'],
  [1, 2, 'wait'],
  [2, 2, 'no'],
  [4, 2, 'no'],
  [4, undefined, 'wait'],
  [undefined, 2, 'wait'],
] as const) {
  const [engaged, asking] = [engagedAt ?? 'an unknown number of', questionHops ?? 'unknown'];
  test(`engaged after ${engaged} hops, asked about a question of ${asking} hops: ${response}`, () => {
    const state = { nodeId: id(1), state: 'promised' } as const;
    const told = questionHops === undefined ? {} : { 'consent-question-hops': questionHops };
    const states = [engagedAt === undefined ? state : { ...state, hops: engagedAt }];
    const answer = asked(states, [id(1)], 'isDeleting', told).answered();
    assert.is((answer as { response: string }).response, response);
  });
}

test('a decision is confirmed whatever the hops', () => {
  const told = { 'consent-question-hops': 2 };
  asked([{ nodeId: id(1), state: 'decided', hops: 4 }], [id(1)], 'isDeleting', told).then({
    replies: [{ body: ok }],
  });
});

test('decided: ok; the clean-up tells it again by itself', () => {
  asked([{ nodeId: id(1), state: 'decided' }]).then({
    replies: [{ body: ok, recorded: false }],
    publishes: [],
  });
});

test('all over but for the asker: ok, and `deleting` is sent to it again', () => {
  asked([{ nodeId: id(1), state: 'tombstoned' }]).then({
    replies: [{ body: ok }],
    publishes: [
      {
        exchange: 'tags',
        routingKey: 'alerts',
        action: 'deleting',
        data: { id: id(1) },
        messageId: `T/${id(1)}/deleting/alerts`,
      },
    ],
  });
});

test('the end of a retention: ok, and nothing is sent again, because the end itself is sent', () => {
  asked([{ nodeId: id(1), state: 'ended' }]).then({ replies: [{ body: ok }], publishes: [] });
});

test('several ids are answered one by one', () => {
  const answered = asked(
    [
      { nodeId: id(1), state: 'decided' },
      { nodeId: id(2), state: 'asking' },
    ],
    [id(1), id(2), id(3)],
  );
  const { results } = answered.answered() as { results: Record<string, { response: string }> };
  assert.equal(
    [id(1), id(2), id(3)].map((one) => results[one]?.response),
    ['ok', 'wait', 'no'],
  );
});

test('about an update', () => {
  asked([{ nodeId: id(1), state: 'decided' }], [id(1)], 'isUpdating').then({
    replies: [{ body: ok }],
  });
});

test.run();
