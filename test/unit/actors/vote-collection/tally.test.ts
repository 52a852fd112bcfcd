/** Ballots and how they are counted: the rules of `ballot.ts`, and `full roster`, `veto respected` and `votes stand` of the protocol. */
import type { Ballot } from '../../../../actors/consent/ballot.ts';
import type { Vote } from '../../../../actors/consent/vote.ts';
import {
  isComplete,
  isRefused,
  malformedFrom,
  tally,
  votesFrom,
} from '../../../../actors/vote-collection/tally.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, no, ok } from '../consent/sample.ts';

const test = suite('ballots');

function ballot(voters: readonly string[], ...numbers: readonly number[]): Ballot {
  return {
    voters,
    nodeIds: numbers.map(id),
    question: { exchange: 'tags', routingKey: voters[0] ?? '', action: 'mayDelete' },
  };
}

function vote(
  voter: string,
  number: number,
  response: 'ok' | 'no' = 'ok',
  more: Partial<Vote> = {},
): Vote {
  return {
    voter,
    nodeId: id(number),
    response,
    reason: null,
    atMs: 5,
    refusals: [],
    silent: [],
    ...more,
  };
}

test('one answer about several nodes is a vote about each', () => {
  assert.equal(votesFrom(ballot(['a'], 1, 2), ok, [], 5), [vote('a', 1), vote('a', 2)]);
});

test('what an ok takes along comes with its first vote, and once', () => {
  const engaged = ['["node","alerts","n",1]'];
  const votes = votesFrom(ballot(['a'], 1, 2), { response: 'ok', engaged }, [], 5);
  assert.equal(votes, [vote('a', 1, 'ok', { engaged }), vote('a', 2)]);
  assert.equal(votesFrom(ballot(['a'], 1, 2), { response: 'ok', engaged }, votes, 6), []);
});

test('the first vote stands, whatever comes later', () => {
  assert.equal(votesFrom(ballot(['a'], 1), no('a', 'late'), [vote('a', 1)], 6), []);
});

test('wait and what is no answer are no votes', () => {
  for (const body of [{ response: 'wait' }, null, {}, 'perhaps'])
    assert.equal(votesFrom(ballot(['a'], 1), body, [], 5), []);
});

test('what somebody else says of a broadcast is not the vote of the only one who was asked by it', () => {
  const broadcast = { ...ballot(['a'], 1), hearers: 1 };
  assert.equal(votesFrom(broadcast, { response: 'ok', service: 'b' }, [], 5), []);
  assert.equal(votesFrom(broadcast, ok, [], 5), [vote('a', 1)]);
});

test('an answer without a name is not the vote of the only one who is asked, where another who was asked before hears it again', () => {
  const again = { ...ballot(['a'], 1), hearers: 2 };
  assert.equal(votesFrom(again, ok, [], 5), []);
  assert.equal(votesFrom(again, { response: 'ok', service: 'a' }, [], 5), [vote('a', 1)]);
});

test('a single voter need not name itself, and an answer that names another service is no vote', () => {
  assert.equal(votesFrom(ballot(['a'], 1), ok, [], 5), [vote('a', 1)]);
  assert.equal(votesFrom(ballot(['a'], 1), { response: 'ok', service: 'a' }, [], 5), [
    vote('a', 1),
  ]);
  assert.equal(votesFrom(ballot(['a'], 1), { response: 'ok', service: 'b' }, [], 5), []);
  const results = { [id(1)]: ok, [id(2)]: { response: 'ok', service: 'b' } };
  assert.equal(votesFrom(ballot(['a'], 1, 2), { results }, [], 5), [vote('a', 1)]);
  assert.equal(
    votesFrom(ballot(['a'], 1, 2), { service: 'b', results: { [id(1)]: ok } }, [], 5),
    [],
  );
});

test('an answer that names another service is malformed for the service that was asked', () => {
  const forged = { response: 'ok', service: 'b' };
  const said = JSON.stringify(forged);
  assert.equal(malformedFrom(ballot(['a'], 1), forged), { service: 'a', named: 'b', said });
  assert.is(malformedFrom(ballot(['a', 'b'], 1), forged), undefined);
  assert.is(malformedFrom({ ...ballot(['a'], 1), hearers: 2 }, forged), undefined);
  const long = { response: 'ok', service: 'b'.repeat(1_000) };
  assert.is(malformedFrom(ballot(['a'], 1), long)?.named?.length, 200);
});

test('of several voters of one question each must say who it is', () => {
  const shared = ballot(['a', 'b'], 1);
  assert.equal(votesFrom(shared, ok, [], 5), []);
  assert.equal(votesFrom(shared, { response: 'ok', service: 'stranger' }, [], 5), []);
  assert.equal(votesFrom(shared, { response: 'ok', service: 'b' }, [], 5), [vote('b', 1)]);
});

test('it is complete when every voter has answered about every node or cannot be reached', () => {
  const ballots = [ballot(['a'], 1, 2), ballot(['b'], 3)];
  assert.not.ok(isComplete(ballots, [vote('a', 1), vote('b', 3)], []));
  assert.ok(isComplete(ballots, [vote('a', 1), vote('a', 2), vote('b', 3)], []));
  assert.ok(isComplete(ballots, [vote('a', 1), vote('a', 2)], ['b']));
  assert.ok(isComplete([], [], []));
});

test('one no refuses', () => {
  assert.not.ok(isRefused([vote('a', 1)]));
  assert.ok(isRefused([vote('a', 1), vote('b', 1, 'no')]));
});

interface Case {
  readonly name: string;
  readonly votes: readonly Vote[];
  readonly unreachable?: readonly string[];
  readonly expired?: boolean;
  readonly outcome: string;
  readonly silent?: readonly string[];
  readonly out?: readonly string[];
  readonly noes?: number;
}

const two = [ballot(['a'], 1), ballot(['b'], 2)];
const table: readonly Case[] = [
  { name: 'all ok', votes: [vote('a', 1), vote('b', 2)], outcome: 'unanimous' },
  { name: 'one no', votes: [vote('a', 1), vote('b', 2, 'no')], outcome: 'refused', noes: 1 },
  {
    name: 'two noes',
    votes: [vote('a', 1, 'no'), vote('b', 2, 'no')],
    outcome: 'refused',
    noes: 2,
  },
  { name: 'one is silent', votes: [vote('a', 1)], expired: true, outcome: 'silent', silent: ['b'] },
  {
    name: 'one cannot be reached',
    votes: [vote('a', 1)],
    unreachable: ['b'],
    outcome: 'unreachable',
    out: ['b'],
  },
  { name: 'nobody answers', votes: [], expired: true, outcome: 'silent', silent: ['a', 'b'] },
  {
    name: 'a no while another still has time: nobody is called silent',
    votes: [vote('a', 1, 'no')],
    outcome: 'refused',
    noes: 1,
  },
  {
    name: 'a no, and the other silent until the deadline',
    votes: [vote('a', 1, 'no')],
    expired: true,
    outcome: 'refused',
    noes: 1,
    silent: ['b'],
  },
  {
    name: 'a message came back, but its voter has answered',
    votes: [vote('a', 1), vote('b', 2)],
    unreachable: ['b'],
    outcome: 'unanimous',
  },
  {
    name: 'one unreachable while another still has time',
    votes: [],
    unreachable: ['a'],
    outcome: 'unreachable',
    out: ['a'],
  },
];

for (const {
  name,
  votes,
  unreachable = [],
  expired = false,
  outcome,
  silent = [],
  out = [],
  noes = 0,
} of table) {
  test(`counted: ${name}`, () => {
    const verdict = tally(two, votes, { unreachable, expired });
    assert.is(verdict.outcome, outcome);
    assert.equal(verdict.silent, silent);
    assert.equal(verdict.unreachable, out);
    assert.is(verdict.refusals.length, noes);
  });
}

test('votes that are missing are never unanimous (full roster)', () => {
  assert.is.not(
    tally(two, [vote('a', 1)], { unreachable: [], expired: false }).outcome,
    'unanimous',
  );
});

test('nobody to ask is unanimous', () => {
  assert.is(tally([], [], { unreachable: [], expired: false }).outcome, 'unanimous');
});

test('a refusal names its voter, node and reason', () => {
  const { refusals } = tally(two, [vote('a', 1, 'no', { reason: 'mine' }), vote('b', 2, 'no')], {
    unreachable: [],
    expired: false,
  });
  assert.equal(refusals, [
    { service: 'a', nodeId: id(1), reason: 'mine' },
    { service: 'b', nodeId: id(2), reason: 'no reason given' },
  ]);
});

test('of a voter that asked others, those behind its no are named, each once', () => {
  const behind = { service: 'deep', nodeId: id(9), reason: 'hold' };
  const votes = [
    vote('a', 1, 'no', { refusals: [behind] }),
    vote('b', 2, 'no', { refusals: [behind], silent: ['quiet'] }),
  ];
  const verdict = tally(two, votes, { unreachable: [], expired: false });
  assert.equal(verdict.refusals, [behind]);
  assert.equal(verdict.silent, ['quiet']);
});

test('a no because of silence names the silent one and nobody else', () => {
  const verdict = tally(two, [vote('a', 1, 'no', { silent: ['quiet'] }), vote('b', 2)], {
    unreachable: [],
    expired: false,
  });
  assert.equal([verdict.outcome, verdict.refusals, verdict.silent], ['refused', [], ['quiet']]);
});

test('one answer about several nodes is a vote about each, and its refusals are kept once', () => {
  const behind = { service: 'deep', nodeId: id(9), reason: 'hold' };
  const three = ballot(['a'], 1, 2, 3);
  const body = { response: 'no', message: 'hold', refusals: [behind], silent: ['quiet'] };
  const votes = votesFrom(three, body, [], 0);
  assert.equal(
    votes.map(({ nodeId, response, refusals }) => [nodeId, response, refusals.length]),
    [
      [id(1), 'no', 1],
      [id(2), 'no', 0],
      [id(3), 'no', 0],
    ],
  );
  const verdict = tally([three], votes, { unreachable: [], expired: false });
  assert.equal(
    [verdict.outcome, verdict.refusals, verdict.silent],
    ['refused', [behind], ['quiet']],
  );
});

test.run();
