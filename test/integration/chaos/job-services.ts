/**
 * Two services that use everything the runtime keeps: a job writes, asks, runs an activity, waits for a timer, tells a counter and answers;
 * a counter is one actor for many jobs.
 */
import { scheduler } from 'node:timers/promises';
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { AnswerEvent, MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { defineService } from '../../../runtime/service.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { ask, publish, type ReplyAddress, reply, write } from '../../../runtime/step/effects.ts';
import { deedDone } from './job-store.ts';

interface JobData {
  readonly job: string;
  readonly counter: string;
}
interface JobContext extends JobData {
  readonly caller: ReplyAddress | null;
}
type JobEvent =
  | MessageEvent<JobData, undefined, 'do'>
  | AnswerEvent<null, 'allowed'>
  | { readonly type: 'allowed.unroutable' }
  | { readonly type: 'error.write' };
type CounterEvent =
  | MessageEvent<JobData, undefined, 'count'>
  | MessageEvent<JobData, undefined, 'mayI'>;

const workMs = 10;
const restMs = 50;
const askAgainMs = 200;

const job = setup({
  types: {} as { context: JobContext; events: JobEvent },
  actors: {
    work: activity(async ({ job: name }: { job: string }, { signal }) => {
      await scheduler.wait(workMs, { signal });
      return name;
    }),
  },
  actions: {
    take: assign(({ event }) =>
      event.type === 'do' ? { ...event.data, caller: event.$.message.replyTo } : {},
    ),
    noteTaken: write<JobContext, JobEvent>(({ context }) => deedDone(context.job, 'taken')),
    noteFinished: write<JobContext, JobEvent>(({ context }) => deedDone(context.job, 'finished')),
    askLeave: ask<JobContext, JobEvent>(({ context: { job: name, counter } }) => ({
      ...{
        exchange: 'counters',
        routingKey: 'counters_consume',
        action: 'mayI',
        data: { job: name, counter },
        answer: 'allowed',
      },
      messageId: `${name}/mayI`,
    })),
    tellCounter: publish<JobContext, JobEvent>(({ context: { job: name, counter } }) => ({
      ...{
        exchange: 'counters',
        routingKey: 'counters_consume',
        action: 'count',
        data: { job: name, counter },
      },
    })),
    answer: reply<JobContext, JobEvent>(({ context }) => ({
      to: context.caller ?? undefined,
      body: { done: context.job },
    })),
  },
}).createMachine({
  id: 'job',
  context: { job: '', counter: '', caller: null },
  initial: 'open',
  states: {
    open: { on: { do: { target: 'asking', actions: ['take', 'noteTaken'] } } },
    asking: { entry: 'askLeave', on: { allowed: 'working', 'allowed.unroutable': 'unheard' } },
    unheard: { after: { [askAgainMs]: 'asking' } },
    working: {
      invoke: {
        src: 'work',
        input: ({ context }) => ({ job: context.job }),
        onDone: 'resting',
        onError: 'working',
      },
    },
    resting: { after: { [restMs]: 'done' } },
    done: { type: 'final', entry: ['noteFinished', 'tellCounter', 'answer'] },
  },
});

const counter = setup({
  types: {} as { context: { count: number }; events: CounterEvent },
  actions: {
    add: assign({ count: ({ context }) => context.count + 1 }),
    noteCounted: write<{ count: number }, CounterEvent>(({ event }) =>
      deedDone(event.data.job, 'counted'),
    ),
    allow: reply<{ count: number }, CounterEvent>(({ event }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: 'yes',
    })),
  },
}).createMachine({
  id: 'counter',
  context: { count: 0 },
  on: { count: { actions: ['add', 'noteCounted'] }, mayI: { actions: 'allow' } },
});

/** `answered`: the exchange whose services answer this one's questions. */
function configOf(name: string, answered: readonly string[] = []) {
  const own = { name, type: 'direct' };
  return parseExchangeConfig(
    JSON.stringify({
      svc_name: name,
      publish: { main: { ...own, routing_key: `${name}_publish` } },
      consume: { main: { ...own, queue: `${name}_consume`, routing_key: `${name}_consume` } },
      reply_exchanges: answered.map((exchange) => ({ name: exchange, type: 'direct' })),
    }),
    { file: `${name}.json`, env: {}, sections: {} },
  );
}

const keyOf = (field: keyof JobData) => (message: { readonly data: unknown }) => ({
  key: (message.data as JobData)[field],
});

export const jobDestination = { exchange: 'jobs', routingKey: 'jobs_consume' };

export const jobServices: readonly ServiceDefinition[] = [
  defineService({
    config: configOf('jobs', ['counters']),
    machines: { job },
    messages: { do: { machine: 'job', to: keyOf('job'), starts: true } },
  }),
  defineService({
    config: configOf('counters'),
    machines: { counter },
    messages: {
      count: { machine: 'counter', to: keyOf('counter'), starts: true },
      mayI: { machine: 'counter', to: keyOf('counter'), starts: true },
    },
  }),
];
