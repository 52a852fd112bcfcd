/**
 * The machine of an awkward user: a message names a place of the runtime and an odd value, and the machine hands
 * the value to the runtime at this place.
 *
 * - Traces: every handled message leaves its secret in the context and its tag in the history.
 * - Looked at: `peek` answers a view of the context as text and changes nothing.
 */
import { assign, type MachineContext, setup, spawnChild } from 'xstate';
import { Refused } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { type ActivityContext, activity } from '../../../runtime/step/activity.ts';
import { ask, publish, record, refuse, reply } from '../../../runtime/step/effects.ts';
import type { Event } from './awkward-messages.ts';
import { type Destinations, oddDestination } from './odd-destinations.ts';
import { writing, writingPlace } from './odd-store.ts';
import { described, oddValue } from './odd-values.ts';
import { strayRejection } from './stray-rejections.ts';
import { historyTopic, mutatedMark, spoiledMark } from './traces.ts';

/** A piece of work for the activity. */
type Job = { place: string; kind: string; secret: string; list: string[] };

interface Context extends MachineContext {
  readonly secrets: readonly string[];
  readonly kept: unknown;
  readonly receipt: unknown;
  readonly job: Job | null;
}

interface Args {
  readonly context: Context;
  readonly event: Event;
}

/** The places at which the machine hands an odd value to the runtime. */
export const places = [
  ...['context', 'context nested', 'context mutated', 'assign', 'guard', 'event mutated'],
  ...['reply', 'reply to', 'record', 'publish', 'publish data', 'publish header', 'ask about'],
  ...['activity input', 'activity result', 'activity error', 'activity progress', 'shared result'],
  ...['child input', 'child output', 'child error', 'child id', 'stray rejection', writingPlace],
] as const;

/** The places at which the machine throws an odd value. */
export const throwingPlaces = ['activity error', 'assign', 'guard', 'child error'] as const;

/** The places at which the machine names an odd destination. */
export const destinationPlaces = ['publish to', 'ask to', 'answer to'] as const;

/** The places at which the machine hands the headers of its message on. */
export const headerPlaces = ['headers kept', 'headers sent'] as const;

const noContext: Context = { secrets: [], kept: null, receipt: null, job: null };

function kindOf({ data }: Event): string {
  return data.kind ?? '';
}

/** The odd value of the message for code whose types want JSON. */
function oddJson(event: Event): Json {
  return oddValue(kindOf(event)) as Json;
}

function isAt(place: string): (args: { readonly event: Event }) => boolean {
  return ({ event }) => event.data.place === place;
}

/**
 * The same object for each result of an actor. Not for all actors: two activities that end in one tick would change the
 * object before the runtime can copy it.
 */
const sharedResults = new Map<string, { secret: string; times: number }>();

function sharedResult(secret: string): Json {
  const shared = sharedResults.get(secret) ?? { secret, times: 0 };
  sharedResults.set(secret, shared);
  shared.times += 1;
  return shared;
}

async function work(job: Job, context: ActivityContext): Promise<Json> {
  if (job.list.includes(mutatedMark)) return mutatedMark;
  job.list.push(mutatedMark);
  if (context.attempt === 1) throw new Error('the first try fails');
  switch (job.place) {
    case 'activity result':
      return oddValue(job.kind) as Json;
    case 'activity error':
      throw oddValue(job.kind);
    case 'activity progress':
      context.progress(oddValue(job.kind) as Json);
      return 'progressed';
    case 'shared result':
      return sharedResult(job.secret);
    case 'stray rejection':
      strayRejection(job.kind);
      return 'worked';
    default:
      return 'worked';
  }
}

const part = setup({
  types: {} as { input: { place: string; kind: string; given: unknown } },
}).createMachine({
  id: 'part',
  context: ({ input }) => {
    if (input.place === 'child error') throw oddValue(input.kind);
    return { given: input.given };
  },
  initial: 'done',
  states: { done: { type: 'final' } },
});

/** Ends with an odd output. */
const oddPart = setup({
  types: {} as { input: { kind: string }; context: { kind: string } },
}).createMachine({
  id: 'odd-part',
  context: ({ input }) => ({ kind: input.kind }),
  initial: 'done',
  states: { done: { type: 'final' } },
  output: ({ context }) => oddValue(context.kind),
});

/** Waits for ever under an odd id. */
const waitingPart = setup({}).createMachine({
  id: 'waiting-part',
  initial: 'waiting',
  states: { waiting: {} },
});

function taken({ context, event }: Args): Pick<Context, 'secrets'> {
  return { secrets: [...new Set([...context.secrets, event.data.secret])] };
}

function keptAfter({ context, event }: Args): Partial<Context> {
  switch (event.data.place) {
    case 'context':
      return { kept: oddValue(kindOf(event)) };
    case 'headers kept':
      return { kept: event.$.message.headers };
    case 'context nested':
      return { kept: { deep: [{ here: oddValue(kindOf(event)) }] } };
    case 'context mutated':
      // Not pure on purpose: the step is refused afterwards, and nothing of the change may stay.
      (context.secrets as string[]).push(spoiledMark);
      return {};
    case 'event mutated':
      Object.assign(event.data, { secret: spoiledMark });
      return {};
    case 'assign':
      throw oddValue(kindOf(event));
    default:
      return {};
  }
}

/** The list is a part of the context, and the input of the activity is this object. */
function jobOf({ event }: Args): Pick<Context, 'job'> {
  const { place = '', secret } = event.data;
  return { job: { place, kind: kindOf(event), secret, list: ['one'] } };
}

const note = record(({ event }: Args) => ({
  topic: historyTopic,
  line: {
    tag: event.data.tag,
    ...(event.data.place === 'record' ? { odd: oddJson(event) } : {}),
  },
}));

const refuseSpoiled = refuse(({ event }: Args) =>
  event.data.place === 'context mutated' ? new Refused('refused', 'not that') : undefined,
);

/** What the actor knows, as text. */
function viewOf({ secrets, kept, receipt, job }: Context): Json {
  const texts = { kept: described(kept), receipt: described(receipt), job: described(job) };
  return { secrets, ...texts };
}

const tell = reply(({ context, event }: Args) => {
  if (event.data.place === 'reply') return { body: oddJson(event) };
  return { body: viewOf(context) };
});

const answerElsewhere = (destinations: Destinations) =>
  reply(({ event }: Args) => {
    if (event.data.place !== 'answer to') return undefined;
    const { exchange, routingKey, messageId } = oddDestination(destinations, kindOf(event));
    return { to: { exchange, routingKey, messageId: messageId ?? event.data.tag }, body: 'astray' };
  });

const send = (destinations: Destinations) =>
  publish(({ event }: Args) => {
    const value = oddJson(event);
    const base = { exchange: destinations.exchange, routingKey: destinations.nowhere, action: 'x' };
    switch (event.data.place) {
      case 'publish':
        return { ...base, body: value };
      case 'publish data':
        return { ...base, data: value };
      case 'publish header':
        return { ...base, headers: { odd: value as string } };
      case 'headers sent':
        return { ...base, headers: event.$.message.headers };
      case 'publish to':
        return { action: 'x', ...oddDestination(destinations, kindOf(event)) };
      default:
        return undefined;
    }
  });

const inquire = (destinations: Destinations) =>
  ask(({ event }: Args) => {
    const base = { exchange: destinations.exchange, routingKey: destinations.nowhere, action: 'x' };
    switch (event.data.place) {
      case 'ask about':
        return { ...base, answer: 'answered', about: oddJson(event) };
      case 'ask to':
        return { action: 'x', answer: 'answered', ...oddDestination(destinations, kindOf(event)) };
      default:
        return undefined;
    }
  });

export function awkwardMachine(destinations: Destinations) {
  return setup({
    types: {} as { context: Context; events: Event },
    actors: {
      work: activity(work, { attemptsMax: 3, firstDelayMs: 1 }),
      part,
      oddPart,
      waitingPart,
    },
    guards: {
      asksForWork: ({ event }) => /^(activity|shared|stray)/.test(event.data.place ?? ''),
      asksForPart: ({ event }) => /^child (input|error)/.test(event.data.place ?? ''),
      asksForOddPart: isAt('child output'),
      asksForOddId: isAt('child id'),
      throws: ({ event }) => {
        if (event.data.place === 'guard') throw oddValue(kindOf(event));
        return false;
      },
    },
    actions: {
      ...writing,
      take: assign(taken),
      keepRead: assign({ kept: ({ event }) => event.$.read }),
      keep: assign(keptAfter),
      note,
      refuseSpoiled,
      tell,
      send: send(destinations),
      inquire: inquire(destinations),
      answerElsewhere: answerElsewhere(destinations),
      hire: assign(jobOf),
      spawnOdd: spawnChild('waitingPart', { id: ({ event }) => String(kindOf(event as Event)) }),
    },
  }).createMachine({
    id: 'awkward',
    context: noContext,
    initial: 'idle',
    on: {
      peek: { actions: 'tell' },
      stored: { actions: ['take', 'keepRead', 'note', 'tell'] },
      'error.write': { actions: ['noteRefused', 'tellRefused'] },
      odd: [
        { guard: 'throws' },
        { guard: 'asksForWork', target: '.working', actions: ['take', 'hire', 'note', 'tell'] },
        { guard: 'asksForPart', target: '.parting', actions: ['take', 'hire', 'note', 'tell'] },
        { guard: 'asksForOddPart', target: '.ending', actions: ['take', 'hire', 'note', 'tell'] },
        { guard: 'asksForOddId', actions: ['take', 'spawnOdd', 'note', 'tell'] },
        {
          actions: [
            ...['take', 'keep', 'note', 'send', 'inquire', 'answerElsewhere'],
            ...['writeOdd', 'refuseSpoiled', 'tell'],
          ] as const,
        },
      ],
      answered: {},
      'answered.unroutable': {},
    },
    states: {
      idle: {},
      working: {
        invoke: {
          src: 'work',
          input: ({ context }) =>
            context.job?.place === 'activity input'
              ? ({ ...context.job, odd: oddValue(context.job.kind) } as Job)
              : (context.job as Job),
          onDone: { target: 'idle', actions: assign({ receipt: ({ event }) => event.output }) },
          onError: { target: 'idle', actions: assign({ receipt: ({ event }) => event.error }) },
        },
      },
      parting: {
        invoke: {
          src: 'part',
          input: ({ context }) => ({
            place: context.job?.place ?? '',
            kind: context.job?.kind ?? '',
            given: context.job?.place === 'child input' ? oddValue(context.job.kind) : null,
          }),
          onDone: { target: 'idle', actions: assign({ receipt: () => 'the part ended' }) },
          onError: { target: 'idle', actions: assign({ receipt: () => 'the part failed' }) },
        },
      },
      ending: {
        invoke: {
          src: 'oddPart',
          input: ({ context }) => ({ kind: context.job?.kind ?? '' }),
          onDone: { target: 'idle', actions: assign({ receipt: ({ event }) => event.output }) },
          onError: { target: 'idle', actions: assign({ receipt: () => 'the part failed' }) },
        },
      },
    },
  });
}
