/**
 * Everything that can become of one service's part in somebody else's saga.
 *
 * Its own sagas are explored by themselves; here a stand-in ends as they may, and fails. One that is begun after the decision is done at
 * once: were it to fail too, there would be no end of them.
 */
import { sendParent, setup } from 'xstate';
import type { Hold } from '../../../../actors/consent/ledger/store.ts';
import type { Context } from '../../../../actors/voter/context.ts';
import type { Group } from '../../../../actors/voter/part.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import { errorBody, Refused } from '../../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { type Alphabet, caller, explore, message } from '../../../../testing.ts';
import { assertExplored, together } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';
import {
  asJson,
  detachedReference,
  id,
  methodsSettings,
  no,
  node,
  ok,
  plainDetachment,
  under,
} from '../consent/sample.ts';

const test = suite('voter, explored', { deadlineMs: 60_000 });

const work = activity(async (): Promise<Json> => null);
const inner = setup({
  types: {} as {
    context: { through: Json; decided: boolean };
    input: { through: Json; decided: boolean };
  },
  actors: { votesEnd: work, cleanUpEnds: work },
  actions: {
    tellEngaged: sendParent(({ context }: { context: { through: Json; decided: boolean } }) => ({
      type: 'engaged',
      through: context.through,
    })),
    tellRefused: sendParent({ type: 'refused', refusals: [], silent: ['views'] }),
  },
  guards: {
    isDecided: ({ context }) => context.decided,
    isOk: ({ event }) => (event as unknown as { output: Json }).output === 'ok',
  },
}).createMachine({
  id: 'inner',
  context: ({ input: { through, decided } }) => ({ through, decided }),
  initial: 'beginning',
  states: {
    beginning: { always: [{ guard: 'isDecided', target: 'over' }, { target: 'asking' }] },
    asking: {
      invoke: {
        src: 'votesEnd',
        input: null,
        onDone: [
          { guard: 'isOk', target: 'promised', actions: 'tellEngaged' },
          { target: 'over', actions: 'tellRefused' },
        ],
      },
      on: { decide: 'cleaning', 'call-off': 'over' },
    },
    promised: { on: { decide: 'cleaning', 'call-off': 'over' } },
    cleaning: { invoke: { src: 'cleanUpEnds', input: null, onDone: 'over' }, on: { skip: {} } },
    over: { type: 'final' },
  },
});
const machine = voterMachine(methodsSettings, { innerSaga: inner });
const detaching = voterMachine(methodsSettings, { innerSaga: inner }, [], plainDetachment);

const younger: Hold = {
  nodeId: id(20),
  saga: 'the younger one',
  service: 'methods_model_crud',
  mode: 'U',
  state: 'asking',
};
function found(more: JsonObject = {}, tombstoned = false): Json {
  const link = {
    nodeId: id(1),
    entity: 'tags',
    version: 3,
    generation: 1,
    givenUp: 0,
    tombstoned,
    promises: [],
  };
  return asJson({
    links: [link],
    refusals: [],
    nodes: [],
    detached: [],
    conflicts: [],
    subscriptions: [],
    ...more,
  });
}
const dependant = { ...node(20, { objectClass: 'prsMethod' }), through: id(1) };
const inUse = {
  nodeId: id(1),
  reason: `it is in use by calc (${id(21)}, prsConstantId)`,
};
const nothing = found();
const dependants = found(asJson({ nodes: [dependant] }) as JsonObject);
const held = found(asJson({ nodes: [dependant], conflicts: [younger] }) as JsonObject);
const forbidden = found({ refusals: [inUse] });
const gone = found({}, true);

const withRows = found(
  asJson({
    rows: [
      {
        entity: 'tags',
        table: 'orders',
        node: id(1),
        dependants: [{ id: 'o1', version: 1, nodeId: id(1) }],
      },
    ],
  }) as JsonObject,
);
const machineWithRows = voterMachine(methodsSettings, { innerSaga: inner }, [
  {
    entity: 'tags',
    by: 'nodeId',
    read: (ids) => ({ store: 'orders', op: 'find', args: [...ids] }),
    rules: {
      delete: {
        clean: ({ dependants }) =>
          dependants.map((row) => ({ store: 'orders', op: 'remove', args: row.id })),
      },
    },
  },
]);

function word(type: string, number: number, read: Json, headers: Headers = under('explored')) {
  const made = message(
    type,
    { id: id(number) },
    { read, headers, replyTo: caller(`${type} ${number}`) },
  );
  return { ...made, $: { ...made.$, message: { ...made.$.message, exchange: 'tags' } } };
}
const kept = { what: 'invoices', basis: 'law', until: '2999-12-31' };
const keeping = found(asJson({ retained: [{ nodeId: id(1), retained: kept }] }) as JsonObject);
/** The end of a retention that the service's own rules do not know yet. */
const retentionEnd = (() => {
  const asked = word('deleting', 1, keeping);
  return { ...asked, data: { id: id(1), retention_ended: true } };
})();
const operations = ['cancel', 'skip', 'release'].map((name) => {
  const data = {
    operation: name,
    saga: 'explored',
    key: 'explored',
    by: 'kim',
    why: 'a test',
    voter: 'views',
  };
  return message('operatePart', data, { replyTo: caller('o1') });
});
const rest: Omit<Alphabet, 'events'> = {
  activities: {
    votesEnd: [{ output: 'ok' }, { output: 'no' }, { error: { name: 'Error', message: 'broken' } }],
    cleanUpEnds: [{ output: null }, { error: { name: 'Error', message: 'broken' } }],
  },
  answers: { ownerAnswer: [ok, no('tags', 'off'), { response: 'wait' }] },
  reads: {
    'consent.dependants': [nothing, dependants, held, forbidden, gone],
    'rows.detached': [[], asJson([detachedReference(30, 1)])],
  },
  writeErrors: [errorBody(new Refused('in-use', 'a stranger below it'))],
};

/** What the course depends on. Groups that are gone have no more part in it; questions and what is set aside count once. */
function view(context: JsonObject, name: string): Json {
  if (name !== 'voter') return null;
  const { nodes, groups, questions, unproven } = context as unknown as Context;
  const living = (of: readonly Group['id'][]) =>
    groups.flatMap(({ id: group, phase }) =>
      of.includes(group) && phase !== 'gone' ? [phase] : [],
    );
  const waiting = [...new Set(questions.map(({ phase, ids }) => `${phase} ${ids}`))].sort();
  const parts = nodes.map((one) => [one.id, one.phase, ...living(one.groups)]).sort();
  const parked = Math.min(2, (context['parked'] as readonly unknown[]).length);
  const { verb, oldOwner, ownerKnows, inquiries } = context;
  const doubted = (unproven ?? []).map(({ type, ids, state }) => `${type} ${ids} ${state}`);
  const unbelieved = [...new Set(doubted)].sort();
  return asJson([verb, oldOwner, ownerKnows, inquiries !== 0, parked, waiting, parts, unbelieved]);
}

const situationsMax = 3_000;

test('asked, decided, called off, in doubt, overruled and operated upon; its groups agree, refuse, finish and fail', () => {
  const deletion = [
    ...[nothing, dependants, held, forbidden, gone].map((read) => word('mayDelete', 1, read)),
    ...[nothing, dependants].map((read) => word('deleting', 1, read)),
    retentionEnd,
    word('notDeleted', 1, null),
  ];
  const update = [nothing, gone].map((read) => word('mayUpdate', 1, read));
  const updating = [
    ...update,
    word('mayUpdate', 2, nothing),
    word('updating', 1, nothing),
    word('notUpdated', 1, null),
  ];
  const unnamed = ['mayDelete', 'deleting', 'updating', 'notDeleted'].map((type) =>
    word(type, 1, nothing, {}),
  );
  const second = [word('mayDelete', 2, nothing), word('deleting', 2, nothing)];
  const courses = [
    [...deletion, ...operations],
    [...updating, ...operations],
    unnamed,
    [...deletion.slice(0, 2), ...deletion.slice(5, 6), ...second],
  ];
  const all = courses.map((events) =>
    explore(machine, { alphabet: { ...rest, events }, view, situationsMax }),
  );
  const losing = explore(detaching, {
    alphabet: { ...rest, events: deletion },
    view,
    situationsMax,
  });
  const rows = explore(machineWithRows, {
    alphabet: {
      ...rest,
      reads: { 'consent.dependants': [withRows] },
      events: ['mayDelete', 'deleting'].map((type) => word(type, 1, withRows)),
    },
    view,
    situationsMax,
  });
  assertExplored(together(...all, losing, rows));
});

test.run();
