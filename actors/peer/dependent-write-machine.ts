/**
 * A write that makes rows of a service depend on nodes of other services, or that makes a row
 * forbid more than before: the machine subscribes to the nodes, waits until no promise about the
 * nodes stands, and only then writes. A user's machine invokes it.
 *
 * - No operation may hold a written row that is a node itself: the write waits for the end of the
 *   operation. A deleted id never comes again.
 * - The write expects live subscriptions and no promise of this service. A promise that comes in
 *   between makes the machine wait.
 * - A node that is deleted, a refused subscription, an owner that cannot be reached, a refused
 *   write and the deadline of 20 s are the `problem` of the output. Then nothing is written.
 * - A row that is removed, or depends on another node from now on, may be the last row of its
 *   former node. Then the commit of the write also ends the subscription to the former node.
 * - The machine holds no lock while it waits.
 */
import { assertEvent, setup } from 'xstate';
import type { ReadEvent, WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import { ask, publish, read, reply, write } from '../../runtime/step/effects.ts';
import { readAnswer } from '../consent/answers.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import { subscribeMessage } from '../consent/subscribe-messages.ts';
import {
  type Context,
  type Dependency,
  type DependentWriteInput,
  type DependentWriteOutput,
  leavingWrites,
  problemIn,
  type SubscribedEvent,
  subscriptionProblem,
  timeoutProblem,
  unsubscribeMessages,
} from './dependent-write.ts';
import { checkedNodes } from './named-nodes.ts';

type FoundEvent = ReadEvent<Dependency, 'found'>;
type Events = FoundEvent | SubscribedEvent | WriteErrorEvent;
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
  look: read(({ context: { on, own = [], writes } }: Args) => ({
    ...consentRead('dependency', {
      on: checkedNodes("the input 'on' of 'dependentWrite' is", on),
      own,
      writes,
    }),
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
    assertEvent(event, 'found');
    const { atMs, read: found } = event.$;
    const { service } = found;
    const on = Object.keys(generations);
    const place = { above: [], despite: [] };
    return [
      ledgerWrite('depend', { service, on }, { subscribed: generations }),
      ...own.map((nodeId) =>
        ledgerWrite('depend', { service, on: [], below: { nodeId, ...place } }, {}),
      ),
      ...leavingWrites(found, atMs),
      ...(found.due ?? writes),
    ];
  }),
  unsubscribe: publish(({ event }: Args) => unsubscribeMessages(foundIn(event))),
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
 * Invoke the machine where a row is added that depends on a node of another service, or where a row
 * begins to forbid more: `{src: 'dependentWrite', input: {on: {objects: [id]}, writes: [...]}}`.
 * `own` names the written rows that are nodes. The output names the problem, or `null`.
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
              { target: '#dependent-write.over', actions: ['write', 'unsubscribe'] },
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
