/**
 * A write that makes rows of a service depend on nodes of other services, or that makes a row forbid
 * more than before: the machine subscribes to the nodes, waits until no promise about the nodes
 * stands, and only then writes. A user's machine invokes it.
 *
 * - A written row that is a node itself must not be held by an operation either: the write waits for
 *   the end of the operation. A deleted id never comes again.
 * - The write expects live subscriptions and no promise of this service. A promise that comes in
 *   between makes the machine wait.
 * - A node that is deleted, a refused subscription, an owner that cannot be reached, a refused write
 *   and the deadline of 20 s are the `problem` of the output. Then nothing is written.
 * - The machine holds no lock while it waits.
 */
import { assertEvent, setup } from 'xstate';
import type {
  AnswerEvent,
  ReadEvent,
  WriteErrorEvent,
} from '../../runtime/messages/message-events.ts';
import { isUuid } from '../../runtime/messages/validation.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Write } from '../../runtime/ports/store.ts';
import { ask, type ReplyAddress, read, reply, write } from '../../runtime/step/effects.ts';
import { readAnswer } from '../consent/answers.ts';
import { type ConsentReads, consentRead, type NodesByEntity } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import { subscribeMessage } from '../consent/subscribe-messages.ts';

/** The input of the machine. */
export type DependentWriteInput = {
  /** The nodes that the rows depend on. */
  readonly on: NodesByEntity;
  /** Written in one commit. A write that expects the version of a row must have read the row in the same step. */
  readonly writes: readonly Write[];
  /** Ids of the written rows that are nodes of this service. Default: none. */
  readonly own?: readonly string[];
  /** The sender that gets `{}` or `{"error": …}`. Default: nobody. */
  readonly answerTo?: ReplyAddress | null;
};

/** The output of the machine. */
export type DependentWriteOutput = {
  /** null: everything is written. Otherwise nothing is written. */
  readonly problem: ErrorBody | null;
};

type Dependency = ConsentReads['dependency']['result'];
type DependencyNode = Dependency['nodes'][number];
type FoundEvent = ReadEvent<Dependency, 'found'>;
type SubscribedEvent = AnswerEvent<
  { readonly nodeId: string },
  'subscribed' | 'subscribed.unroutable'
>;
type Events = FoundEvent | SubscribedEvent | WriteErrorEvent;

type Context = DependentWriteInput & {
  /** Distinguishes the subscriptions of this actor from those of others. */
  readonly purpose: string;
  readonly service: string;
  readonly nodes: readonly DependencyNode[];
  /** The generation of the subscription to each node; empty: none was asked for yet. */
  readonly generations: Readonly<Record<string, number>>;
  readonly subscribed: readonly string[];
  readonly attempts: number;
  readonly problem: ErrorBody | null;
};
type Args = { context: Context; event: Events };

const deadlineMs = 20_000;
const askAgainMs = 500;
const parkedMs = 250;

const types = {} as {
  context: Context;
  events: Events;
  input: DependentWriteInput;
  output: DependentWriteOutput;
};
const { assign } = setup({ types });

function foundIn(event: Events): Dependency {
  assertEvent(event, 'found');
  return event.$.read;
}

/**
 * The rows keep the text of an id, and other services name the node by its id in lower case. A row
 * with another text would never be found for the node.
 */
function idProblem(on: NodesByEntity): ErrorBody | undefined {
  const entities = new Map<string, string>();
  const named = Object.entries(on).flatMap(([entity, ids]) => ids.map((id) => ({ entity, id })));
  for (const { entity, id } of named) {
    if (!isUuid(id))
      return badMessage(
        `the id ${JSON.stringify(id)} of ${entity} is no UUID in lower case; a member with the format 'uuid' in the schema of the request takes either case`,
      );
    const other = entities.get(id) ?? entity;
    if (other !== entity)
      return badMessage(`the node ${id} is named as one of ${other} and as one of ${entity}`);
    entities.set(id, entity);
  }
  return undefined;
}

function badMessage(message: string): ErrorBody {
  return { code: 400, name: 'bad-message', message };
}

function problemIn(
  { on }: Pick<Context, 'on'>,
  { service, nodes, known, removed }: Dependency,
): ErrorBody | undefined {
  const [again] = removed;
  if (again !== undefined)
    return {
      code: 410,
      name: 'gone',
      message: `the row ${again} is deleted; its id stays deleted`,
    };
  const misnamed = idProblem(on);
  if (misnamed !== undefined) return misnamed;
  for (const { entity, owner, link } of nodes) {
    if (owner === null)
      return {
        code: 500,
        name: 'config-invalid',
        message: `${service} writes rows that depend on '${entity}'; the config's section 'subscribe' names ${known.join(', ') || 'nothing'}`,
      };
    if (link.tombstoned)
      return { code: 410, name: 'gone', message: `the node ${link.nodeId} is deleted` };
  }
  return undefined;
}

function subscriptionProblem(
  { nodes }: Context,
  { type, about: { nodeId }, answer }: SubscribedEvent,
): ErrorBody {
  const entity = nodes.find(({ link }) => link.nodeId === nodeId)?.entity ?? '';
  if (type === 'subscribed.unroutable')
    return {
      code: 503,
      name: 'not-reachable',
      message: `the service of ${entity} cannot be reached`,
    };
  const reason = readAnswer(answer)?.reason ?? 'no reason given';
  const message = `the service of ${entity} refuses the subscription to ${nodeId}: ${reason}`;
  return { code: 409, name: 'refused', message };
}

function timeoutProblem({ on, own = [], generations, subscribed }: Context): ErrorBody {
  const open = Object.keys(generations).filter((nodeId) => !subscribed.includes(nodeId));
  const message =
    open.length > 0
      ? `no answer to the subscription to ${open.join(', ')}`
      : `an operation still holds one of ${[...Object.values(on).flat(), ...own].join(', ')}`;
  return { code: 504, name: 'timed-out', message };
}

const contextActions = {
  beginSubscribing: assign(({ event }) => {
    const { service, nodes } = foundIn(event);
    const generations = nodes.map(({ link }) => [link.nodeId, link.generation + 1] as const);
    return {
      purpose: event.$.newId,
      service,
      nodes,
      generations: Object.fromEntries(generations),
      subscribed: [],
      attempts: 0,
    };
  }),
  noteSubscribed: assign(({ context, event }) => {
    assertEvent(event, 'subscribed');
    return { subscribed: [...new Set([...context.subscribed, event.about.nodeId])] };
  }),
  countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
  noteProblem: assign({
    problem: ({ context, event }) => problemIn(context, foundIn(event)) ?? null,
  }),
  noteRefusal: assign({
    problem: ({ context, event }) => {
      assertEvent(event, ['subscribed', 'subscribed.unroutable']);
      return subscriptionProblem(context, event);
    },
  }),
  noteWriteError: assign({
    problem: ({ event }) => {
      assertEvent(event, 'error.write');
      return event.error;
    },
  }),
  noteTimeout: assign({ problem: ({ context }) => timeoutProblem(context) }),
};

const effects = {
  look: read(({ context: { on, own = [] } }: Args) => ({
    ...consentRead('dependency', { on, own }),
    event: 'found',
  })),
  link: write(({ context: { service, nodes, generations } }: Args) =>
    nodes.map(({ entity, link: { nodeId } }) =>
      ledgerWrite('link', { service, nodeId, entity, generation: generations[nodeId] ?? 1 }, null),
    ),
  ),
  subscribe: ask(({ context }: Args) => {
    const { service, purpose, attempts, generations, subscribed } = context;
    return context.nodes.flatMap(({ owner, link: { nodeId } }) => {
      if (owner === null || subscribed.includes(nodeId)) return [];
      const generation = generations[nodeId] ?? 1;
      const about = [purpose, String(attempts)];
      const message = subscribeMessage({ service }, 'subscribe', owner, nodeId, generation, about);
      return [{ ...message, answer: 'subscribed', about: { nodeId } }];
    });
  }),
  write: write(({ context: { generations, own = [], writes }, event }: Args) => {
    const { service } = foundIn(event);
    const on = Object.keys(generations);
    const place = { above: [], despite: [] };
    return [
      ledgerWrite('depend', { service, on }, { subscribed: generations }),
      ...own.map((nodeId) =>
        ledgerWrite('depend', { service, on: [], below: { nodeId, ...place } }, {}),
      ),
      ...writes,
    ];
  }),
};

const answer = reply(({ context: { answerTo, problem } }: Args) => ({
  to: answerTo,
  body: problem === null ? {} : { error: problem },
}));

const guards = {
  hasProblem: ({ context, event }: Args) => problemIn(context, foundIn(event)) !== undefined,
  isHeld: ({ event }: Args) => {
    const { nodes, holds } = foundIn(event);
    return holds.length > 0 || nodes.some(({ link }) => link.promises.length > 0);
  },
  mustSubscribe: ({ context: { generations }, event }: Args) =>
    foundIn(event).nodes.some(({ link }) => (generations[link.nodeId] ?? 0) <= link.givenUp),
  allSubscribed: ({ context: { generations, subscribed } }: Args) =>
    Object.keys(generations).every((nodeId) => subscribed.includes(nodeId)),
  saysOk: ({ event }: Args) => responseTo(event) === 'ok',
  saysWait: ({ event }: Args) => responseTo(event) === 'wait',
};

function responseTo(event: Events): string | undefined {
  assertEvent(event, 'subscribed');
  return readAnswer(event.answer)?.response;
}

/**
 * Invoke it where a row is added that depends on a node of another service, or where a row begins to
 * forbid more: `{src: 'dependentWrite', input: {on: {objects: [id]}, writes: [...]}}`. `own` names the
 * written rows that are nodes. The output names the problem, or `null`.
 */
export const dependentWrite = setup({
  types,
  actions: { ...contextActions, ...effects, answer },
  guards,
}).createMachine({
  id: 'dependent-write',
  context: ({ input }) => ({
    ...input,
    purpose: '',
    service: '',
    nodes: [],
    generations: {},
    subscribed: [],
    attempts: 0,
    problem: null,
  }),
  initial: 'working',
  states: {
    working: {
      after: { [deadlineMs]: { target: 'over', actions: 'noteTimeout' } },
      on: { 'error.write': { target: 'over', actions: 'noteWriteError' } },
      initial: 'placing',
      states: {
        placing: {
          entry: 'look',
          on: {
            found: [
              { guard: 'hasProblem', target: '#dependent-write.over', actions: 'noteProblem' },
              { guard: 'isHeld', target: 'parked' },
              {
                guard: 'mustSubscribe',
                target: 'subscribing',
                actions: ['beginSubscribing', 'link'],
              },
              { target: '#dependent-write.over', actions: 'write' },
            ],
          },
        },
        subscribing: {
          entry: 'subscribe',
          always: { guard: 'allSubscribed', target: 'placing' },
          on: {
            subscribed: [
              { guard: 'saysOk', actions: 'noteSubscribed' },
              { guard: 'saysWait', target: 'askingAgain' },
              { target: '#dependent-write.over', actions: 'noteRefusal' },
            ],
            'subscribed.unroutable': {
              target: '#dependent-write.over',
              actions: 'noteRefusal',
            },
          },
        },
        askingAgain: {
          after: { [askAgainMs]: { target: 'subscribing', actions: 'countAttempt' } },
          on: {
            subscribed: [{ guard: 'saysOk', actions: 'noteSubscribed' }, {}],
            'subscribed.unroutable': {},
          },
        },
        parked: {
          after: { [parkedMs]: 'placing' },
          on: { subscribed: {}, 'subscribed.unroutable': {} },
        },
      },
    },
    over: { type: 'final', entry: 'answer' },
  },
  output: ({ context: { problem } }) => ({ problem }),
});
