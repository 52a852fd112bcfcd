/**
 * Everything that can become of an owner's operation, and of a voter's own part.
 *
 * The machines it invokes are explored by themselves; here stand-ins end as each of them may, and fail, which they themselves never do.
 */
import { assign, setup } from 'xstate';
import type { Hold, LinkState } from '../../../../actors/consent/ledger/store.ts';
import type { Placement } from '../../../../actors/consent/placement.ts';
import type { Engagement } from '../../../../actors/consent/start-problems.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { dependencyMachine } from '../../../../actors/delete-saga/dependency-machine.ts';
import { errorBody, Refused } from '../../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { type Alphabet, caller, explore, message } from '../../../../testing.ts';
import { assertExplored, together } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';
import {
  asJson,
  asObject,
  id,
  methodsSettings,
  no,
  node,
  ok,
  plainNodes,
  subscription,
} from '../consent/sample.ts';

const test = suite('delete saga, explored', { deadlineMs: 60_000 });

const work = activity(async (): Promise<Json> => null);
const parts = setup({
  types: {} as { context: { output: Json } },
  actors: { votesEnd: work, cleanUpEnds: work, dependencyEnds: work },
  actions: {
    noteEnd: assign({ output: ({ event }) => (event as unknown as { output: Json }).output }),
  },
});

/** Ends as the activity does. */
function standIn(name: string, src: 'votesEnd' | 'cleanUpEnds' | 'dependencyEnds') {
  return parts.createMachine({
    id: name,
    context: { output: null },
    initial: 'going',
    states: {
      going: { invoke: { src, input: null, onDone: { target: 'over', actions: 'noteEnd' } } },
      over: { type: 'final' },
    },
    output: ({ context }) => context.output,
  });
}
const machine = deleteSagaMachine(
  methodsSettings,
  {
    voteCollection: standIn('votes', 'votesEnd'),
    cleanUp: standIn('clean-up', 'cleanUpEnds'),
    dependency: standIn('dependency', 'dependencyEnds'),
  },
  plainNodes,
);

const failed = { error: { name: 'Error', message: 'broken' } };
const votes = (...voters: readonly string[]) =>
  voters.map((voter) => ({ voter, nodeId: id(1), response: 'ok', reason: null, atMs: 1 }));
const verdict = (outcome: string, ...voters: readonly string[]) => ({
  output: asJson({ outcome, votes: votes(...voters), refusals: [], silent: [], unreachable: [] }),
});
const cleaned = (...voters: readonly string[]) => ({
  output: { done: voters.map((voter) => ({ voter, nodeId: id(1) })) },
});
const activities: Alphabet['activities'] = {
  votesEnd: [
    verdict('unanimous', 'alerts'),
    verdict('unanimous', 'alerts', 'late'),
    verdict('refused'),
    failed,
  ],
  cleanUpEnds: [cleaned('alerts'), cleaned('alerts', 'late'), failed],
  dependencyEnds: [{ output: { reason: null } }, { output: { reason: 'why' } }, failed],
};

/** Its own age is `explored`: of two others one is older, one younger. */
const [older, younger] = ['an older one', 'the younger one'].map(
  (saga): Hold => ({ nodeId: id(9), saga, service: 'tags_model_crud', mode: 'D', state: 'asking' }),
) as [Hold, Hold];
const engagement = (more: Partial<Engagement> = {}) =>
  asJson({
    nodes: [node(1)],
    missing: [],
    gone: [],
    foreign: [],
    refusals: [],
    conflicts: [],
    subscriptions: [subscription(1, 'alerts')],
    ...more,
  });
const unanswered = {
  count: 1,
  nodes: [{ id: id(7), cn: 'left', objectClass: 'prsAlert', service: 'retired', parentId: id(1) }],
};
const engagements = [
  engagement(),
  engagement({ conflicts: [older] }),
  engagement({ conflicts: [younger] }),
  engagement({ nodes: [], gone: [id(1)] }),
  engagement({ unanswered }),
  engagement({ refusals: [{ nodeId: id(1), reason: 'kept' }] }),
];
const rosters = [
  { nodes: [node(1)], subscriptions: [subscription(1, 'alerts')] },
  { nodes: [node(1)], subscriptions: [subscription(1, 'alerts'), subscription(1, 'late')] },
  { nodes: [], subscriptions: [] },
  { nodes: [node(1)], subscriptions: [subscription(1, 'alerts')], unanswered },
].map(asJson);

const link: LinkState = {
  nodeId: id(9),
  entity: 'tags',
  version: 2,
  generation: 0,
  givenUp: 0,
  tombstoned: false,
  promises: [],
};
const tag: Placement = {
  parent: { id: id(9), objectClass: 'prsTag', version: 3, isBase: false },
  above: [],
  classes: { [id(9)]: 'prsTag' },
  holds: [],
  links: [link],
};
const base: Placement = {
  ...tag,
  parent: { id: id(8), objectClass: 'prsModelNode', version: 3, isBase: true },
};
const nowhere: Placement = { parent: null, above: [], classes: {}, holds: [], links: [] };
const givenBack: Placement = { ...tag, links: [{ ...link, givenUp: 9 }] };
const places = [
  tag,
  base,
  nowhere,
  givenBack,
  { ...tag, holds: [older] },
  { ...tag, holds: [younger] },
].map(asJson);

const reads: Alphabet['reads'] = {
  'consent.engagement': engagements,
  'consent.roster': rosters,
  'consent.place': places,
  'consent.orphanedLinks': [[], asJson([link])],
  'consent.removal': [[], [link]].map((links) => asJson({ links, beside: [] })),
};
const writeErrors = [errorBody(new Refused('name-taken', 'taken'))];

function request(type: 'delete' | 'update', data: JsonObject = {}) {
  return engagements.map((read) =>
    message(type, { id: id(1), ...data }, { read, replyTo: caller('q1') }),
  );
}
function operation(name: string, voter = 'alerts') {
  const data = {
    operation: name,
    saga: 'explored',
    key: 'explored',
    by: 'kim',
    why: 'a test',
    voter,
  };
  return message('operateSaga', data, { replyTo: caller('o1') });
}
const operations = [
  ...['cancel', 'skip', 'release'].map((name) => operation(name)),
  operation('skip', 'nobody'),
];

/** What the course depends on: once some are done, no longer the votes. Who is told what is seen elsewhere. */
function view(context: JsonObject, name: string): Json {
  if (name !== 'delete-saga') return null;
  const {
    verb,
    change,
    generations,
    upstream,
    votes: given,
    rounds,
    cleaned: done,
  } = context as Record<string, JsonObject>;
  const votersOf = (list: unknown) =>
    [...new Set((list as readonly { readonly voter: string }[]).map(({ voter }) => voter))].sort();
  const length = (of: unknown) => Object.keys(of as object).length;
  const before = [length(generations), votersOf(given), rounds];
  return asJson([
    verb?.['name'],
    change?.['parentId'],
    length(upstream),
    ...(length(done) === 0 ? before : votersOf(done)),
  ]);
}

test('dependencies: each is subscribed to, asked again, refused or not to be reached', () => {
  const question = { exchange: 'tags', routingKey: 'tags', action: 'subscribe', data: {} };
  const questions = [1, 2].map((number) => ({
    nodeId: id(number),
    question: { ...question, messageId: `s${number}` },
  }));
  const found = explore(dependencyMachine, {
    alphabet: { answers: { subscribed: [ok, { response: 'wait' }, no('tags', 'why')] } },
    input: asObject({ questions }),
    view: ({ subscribed }) => [...(subscribed as readonly string[])].sort(),
  });
  assertExplored(found);
});

const situationsMax = 2_000;

test('an owner deletes, updates and moves; a voter’s own part is decided, called off and overtaken', () => {
  const events = [...request('delete'), ...request('update'), ...operations];
  const owner = explore(machine, {
    alphabet: { events, activities, reads, writeErrors },
    view,
    situationsMax,
  });
  const moves = {
    events: [...request('update', { parentId: id(9) }), ...operations],
    activities: {
      ...activities,
      votesEnd: [verdict('unanimous', 'alerts')],
      cleanUpEnds: [cleaned('alerts')],
    },
    reads: { ...reads, 'consent.roster': rosters.slice(0, 1) },
    writeErrors,
  };
  const mover = explore(machine, { alphabet: moves, view, situationsMax });
  const planned = request('delete', { if_plan: `sha256:${'0'.repeat(64)}` });
  const agreed = { votesEnd: [verdict('unanimous', 'alerts')], cleanUpEnds: [cleaned('alerts')] };
  const planner = explore(machine, {
    alphabet: { events: planned, activities: agreed, reads },
    view,
    situationsMax,
  });
  const replays = engagements.map((read) => {
    const data = { id: id(1), saga: 'earlier', voters: ['alerts'], by: 'kim', why: 'a test' };
    return message('replayDeletions', data, { read, replyTo: caller('q1') });
  });
  const replayer = explore(machine, {
    alphabet: { events: replays, activities, reads, writeErrors },
    view,
    situationsMax,
  });
  const refused = asJson(writeErrors[0]);
  const words = [
    { type: 'decide' },
    { type: 'decide', refused },
    { type: 'decide', inOwnStep: true },
    { type: 'call-off' },
    { type: 'skip', operation: operation('skip').data },
  ];
  const asked = { subscriptions: [subscription(1, 'alerts')] };
  const inner = [
    { decided: false, ...asked },
    { decided: false, subscriptions: [] },
    { decided: true, ...asked },
    { decided: true, refused, ...asked },
  ].map((above) =>
    explore(machine, {
      alphabet: { events: words, activities, reads, writeErrors },
      input: asObject({
        ...{ saga: 'T', verb: 'delete', through: [id(90)], hops: 3, deadlineMs: 9_500, ...above },
        nodes: [node(1)],
      }),
      view,
      situationsMax,
    }),
  );
  // A request makes its actor, under a key of its own; before it there is nothing to operate on. A voter tells its part to skip, and does
  // not call it off, only after it has told it the decision.
  const requests = ['delete', 'update'];
  const begins = ['delete', 'replayDeletions', 'update'];
  const unhandled = {
    '"starting"': ['operateSaga'],
    '{"pending":"waiting"}': requests,
    '{"pending":"subscribing"}': ['update'],
    '"asking"': ['delete', 'skip', 'update'],
    '"askingOld"': ['delete', 'skip', 'update'],
    '"placeHeld"': ['update'],
    '"promised"': ['skip'],
    '"ownStep"': ['call-off'],
    '"cleaning"': ['call-off', ...begins],
    '"apart"': ['call-off'],
    '"blocked"': ['call-off', ...begins],
    '{"leaving":"committing"}': ['update'],
  };
  assertExplored(together(owner, mover, planner, replayer, ...inner), { unhandled });
});

test.run();
