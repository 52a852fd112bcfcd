/** One round of votes, among new and old peers (`docs/protocol.md`). */
import { assign, setup } from 'xstate';
import type { Ballot } from '../../../../actors/consent/ballot.ts';
import type { Verdict } from '../../../../actors/consent/vote.ts';
import { voteCollectionMachine } from '../../../../actors/vote-collection/vote-collection-machine.ts';
import { given, type MachineSpec } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asObject, id, no, ok } from '../consent/sample.ts';

const test = suite('vote collection');

/** A parent that keeps the verdict, as the saga does. */
const parent = setup({
  types: {} as { context: { input: object; verdict: Verdict | null } },
  actors: { voteCollection: voteCollectionMachine },
  actions: {
    keep: assign({ verdict: ({ event }) => (event as unknown as { output: Verdict }).output }),
  },
}).createMachine({
  id: 'parent',
  context: ({ input }) => ({ input: input as unknown as object, verdict: null }),
  initial: 'collecting',
  states: {
    collecting: {
      invoke: {
        id: 'votes',
        src: 'voteCollection',
        input: ({ context }) => context.input as never,
        onDone: { target: 'counted', actions: 'keep' },
      },
    },
    counted: {},
  },
});

function ballot(
  voters: readonly string[],
  nodes: readonly number[],
  key = voters[0] ?? '',
): Ballot {
  const ids = nodes.map(id);
  const question = {
    exchange: 'tags',
    routingKey: key,
    action: 'mayDelete',
    data: { id: ids.length === 1 ? (ids[0] as string) : ids },
    messageId: `T/${nodes.join('+')}/mayDelete/${key}`,
    headers: { 'consent-saga': 'T', 'consent-deadline-ms': 10_000 },
  };
  return { voters, nodeIds: ids, question };
}

function collecting(ballots: readonly Ballot[], deadlineMs = 10_000): MachineSpec {
  return given(parent, {
    input: asObject({ saga: 'T', action: 'mayDelete', ballots, deadlineMs, graceMs: 100 }),
  });
}

const a = { routingKey: 'a' };
const b = { routingKey: 'b' };
const both = collecting([ballot(['a'], [1]), ballot(['b'], [1, 2])]);

function outcome(spec: MachineSpec, expected: Partial<Record<keyof Verdict, unknown>>): void {
  spec.then({ state: 'counted' });
  const { verdict } = spec.context() as unknown as { verdict: Record<string, unknown> };
  for (const [key, value] of Object.entries(expected)) assert.equal(verdict[key], value, key);
}

test('everybody is asked at once, each under its own message id', () => {
  both.then({
    state: 'collecting',
    asks: [
      { routingKey: 'a', messageId: 'T/1/mayDelete/a', answer: 'vote' },
      { routingKey: 'b', messageId: 'T/1+2/mayDelete/b', data: { id: [id(1), id(2)] } },
    ],
    records: [
      { topic: 'T', line: { what: 'asked', action: 'mayDelete', voters: ['a'], nodeIds: [id(1)] } },
      {
        topic: 'T',
        line: { what: 'asked', action: 'mayDelete', voters: ['b'], nodeIds: [id(1), id(2)] },
      },
    ],
  });
});

test('nobody to ask: unanimous at once', () => {
  outcome(collecting([]), { outcome: 'unanimous' });
});

test('all say ok: unanimous, at once', () => {
  const spec = both.answers(a, ok).answers(b, { results: { [id(1)]: 'ok', [id(2)]: true } });
  outcome(spec, { outcome: 'unanimous', silent: [], unreachable: [], refusals: [] });
});

test('an answer that is no vote is named with its words, and is no silence', () => {
  const said = '{"answer":"yes"}';
  const spoken = both.answers(a, ok).answers(b, { answer: 'yes' });
  spoken.then({
    state: 'collecting',
    records: [{ topic: 'T', line: { what: 'malformed', action: 'mayDelete', voter: 'b', said } }],
  });
  const malformed = [{ service: 'b', said }];
  outcome(spoken.waits(10_000), { outcome: 'silent', silent: [], malformed });
  const corrected = spoken.answers(b, ok);
  outcome(corrected, { outcome: 'unanimous', malformed: undefined });
});

test('an ok that names another service is no vote: the question stays open, and the name is told', () => {
  const said = '{"response":"ok","service":"nobody"}';
  const forged = both.answers(a, ok).answers(b, { response: 'ok', service: 'nobody' });
  const line = { what: 'malformed', action: 'mayDelete', voter: 'b', named: 'nobody', said };
  forged.then({ state: 'collecting', records: [{ topic: 'T', line }] });
  const malformed = [{ service: 'b', named: 'nobody', said }];
  outcome(forged.waits(10_000), { outcome: 'silent', silent: [], malformed });
  outcome(forged.answers(b, no('b', 'in use')), { outcome: 'refused', malformed: undefined });
});

test('an answer about some of the nodes leaves the others open', () => {
  both
    .answers(a, ok)
    .answers(b, { results: { [id(1)]: ok } })
    .then({ state: 'collecting' });
});

test('a vote is recorded in the history, once', () => {
  both.answers(a, ok).then({
    records: [
      {
        topic: 'T',
        line: {
          what: 'voted',
          action: 'mayDelete',
          voter: 'a',
          nodeId: id(1),
          response: 'ok',
          reason: null,
        },
      },
    ],
  });
  both.answers(a, ok).answers(a, ok).then({ records: [] });
});

test('after a no it waits a moment, so that every refusal is named', () => {
  const refused = both.answers(a, no('a', 'mine')).then({ state: 'collecting', timers: [100] });
  const all = refused.answers(b, no('b', 'mine too'));
  outcome(all, { outcome: 'refused' });
  const { verdict } = all.context() as unknown as { verdict: Verdict };
  assert.equal(
    verdict.refusals.map(({ service, nodeId, reason }) => [service, nodeId, reason]),
    [
      ['a', id(1), 'mine'],
      ['b', id(1), 'mine too'],
      ['b', id(2), 'mine too'],
    ],
  );
});

test('who has not answered within the moment after a no is not called silent', () => {
  outcome(both.answers(a, no('a', 'mine')).waits(100), { outcome: 'refused', silent: [] });
});

test('an error is a no (old answers)', () => {
  outcome(both.answers(a, { error: { code: 500, message: 'broken' } }).waits(100), {
    outcome: 'refused',
  });
});

test('silence until the deadline is a no that names the silent', () => {
  both.answers(a, ok).waits(9_999).then({ state: 'collecting' });
  outcome(both.answers(a, ok).waits(10_000), { outcome: 'silent', silent: ['b'] });
});

test('a question that comes back is a no that names whom it did not reach', () => {
  outcome(both.answers(a, ok).returns(b), {
    outcome: 'unreachable',
    unreachable: ['b'],
    silent: [],
  });
  const waiting = both.returns(b).then({
    state: 'collecting',
    timers: [100],
    records: [
      {
        topic: 'T',
        line: { what: 'unreachable', action: 'mayDelete', voters: ['b'], nodeIds: [id(1), id(2)] },
      },
    ],
  });
  outcome(waiting.waits(100), { outcome: 'unreachable', unreachable: ['b'], silent: [] });
});

test('wait is not counted: the voter is still waited for', () => {
  both.answers(a, { response: 'wait' }).then({ state: 'collecting' });
  outcome(both.answers(a, { response: 'wait' }).answers(b, ok).waits(10_000), {
    outcome: 'silent',
    silent: ['a'],
  });
});

test('what has not been answered is asked again under the same message id, with the time that is left', () => {
  both
    .answers(a, ok)
    .waits(3_000)
    .then({
      asks: [
        {
          routingKey: 'b',
          messageId: 'T/1+2/mayDelete/b',
          headers: { 'consent-saga': 'T', 'consent-deadline-ms': 7_000 },
        },
      ],
      records: [],
    });
  both
    .answers(a, ok)
    .waits(6_000)
    .then({
      asks: [
        { headers: { 'consent-saga': 'T', 'consent-deadline-ms': 7_000 } },
        { headers: { 'consent-saga': 'T', 'consent-deadline-ms': 4_000 } },
      ],
    });
});

test('nothing is asked again after the deadline', () => {
  both.waits(10_000).waits(60_000).then({ asks: [] });
});

test('a second answer changes nothing', () => {
  outcome(both.answers(a, ok).answers(a, no('a', 'too late')).answers(b, ok), {
    outcome: 'unanimous',
  });
});

test('a late answer changes nothing', () => {
  outcome(both.waits(10_000).answers(a, ok).answers(b, ok), { outcome: 'silent' });
});

test('old peers share one broadcast question and are told apart by their names', () => {
  const shared = collecting([ballot(['x', 'y'], [1], 'tags_model_crud_publish')]);
  const broadcast = { routingKey: 'tags_model_crud_publish' };
  shared.answers(broadcast, { response: 'ok', service: 'x' }).then({ state: 'collecting' });
  outcome(
    shared
      .answers(broadcast, { response: 'ok', service: 'x' })
      .answers(broadcast, { response: 'ok', service: 'y' }),
    {
      outcome: 'unanimous',
    },
  );
  outcome(
    shared
      .answers(broadcast, { response: 'ok', service: 'x' })
      .answers(broadcast, 'ok')
      .waits(10_000),
    {
      outcome: 'silent',
      silent: ['y'],
    },
  );
});

test('an answer to a question of another round is nobody’s vote here', () => {
  // The same child id asks in every round; an old peer that answers twice would else vote for who comes after it.
  const event = {
    type: 'vote',
    answer: ok,
    about: { question: 'T/7/mayDelete/old' },
    message: null,
  };
  const told = collecting([ballot(['a'], [1])])
    .tells(['votes'], event)
    .then({ state: 'collecting', records: [] });
  outcome(told.answers(a, ok), { outcome: 'unanimous' });
});

test.run();
