/** Services of one process with users of their own (`broker_user`): each speaks as its user, and reaches what the user may reach. */
import { assign, setup } from 'xstate';
import { createRuntime } from '../../../composition/create-runtime.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { permissionsOf } from '../../../config/permissions.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import type { AnswerEvent, MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import { defineService } from '../../../runtime/service.ts';
import { ask, type ReplyAddress, reply } from '../../../runtime/step/effects.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';

type Call = MessageEvent<{ readonly of: string }, undefined, 'call'>;
type Say = MessageEvent<Json, undefined, 'say'>;
type Said = AnswerEvent<string, 'said'> | { readonly type: 'said.unroutable' };
type CallArgs = {
  readonly context: { readonly of: string; readonly caller: ReplyAddress | null };
  readonly event: Call | Said;
};

/** The end of a question, with what was heard and from which user. */
function endOf(event: CallArgs['event']): Json {
  if (event.type !== 'said') return { end: event.type };
  return { end: event.type, heard: event.answer, from: event.$.message.user };
}

/** Asks the service that the message names, and answers with the end of the question. */
const callMachine = setup({
  types: {} as { context: CallArgs['context']; events: Call | Said },
  actions: {
    take: assign(({ event }) => {
      const { data, $ } = event as Call;
      return { of: data.of, caller: $.message.replyTo };
    }),
    ask: ask(({ context: { of } }: CallArgs) => {
      return { exchange: of, routingKey: of, action: 'say', data: {}, answer: 'said' };
    }),
    tell: reply(({ context, event }: CallArgs) => ({
      to: context.caller ?? undefined,
      body: endOf(event),
    })),
  },
}).createMachine({
  id: 'caller',
  context: { of: '', caller: null },
  initial: 'new',
  states: {
    new: { on: { call: { target: 'asking', actions: 'take' } } },
    asking: {
      entry: 'ask',
      on: {
        said: { target: 'done', actions: 'tell' },
        'said.unroutable': { target: 'done', actions: 'tell' },
      },
    },
    done: { type: 'final' },
  },
});

/** Answers with the user of the sender. */
const sayMachine = setup({
  types: {} as { events: Say },
  actions: {
    say: reply(({ event }: { readonly event: Say }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: event.$.message.user,
    })),
  },
}).createMachine({
  id: 'sayer',
  initial: 'new',
  states: { new: { on: { say: { target: 'done', actions: 'say' } } }, done: { type: 'final' } },
});

/** The service has the name and exchange of its user. */
function speaker(name: string): ServiceDefinition {
  const main = { name, type: 'direct' };
  const content = {
    svc_name: name,
    broker_user: { name },
    publish: { main: { ...main, routing_key: `${name}.facts` } },
    consume: { main: { ...main, queue: name, routing_key: name } },
    reply_exchanges: [],
  };
  const options = { file: `${name}.json`, env: {}, sections: {} };
  const fresh = (_: unknown, id: string) => ({ key: id });
  return defineService({
    config: parseExchangeConfig(JSON.stringify(content), options),
    machines: { caller: callMachine, sayer: sayMachine },
    messages: {
      call: { machine: 'caller', to: fresh, starts: true },
      say: { machine: 'sayer', to: fresh, starts: true },
    },
  });
}

/** Two services of one process with the printed permissions. `open` may write to the exchange of `closed` too. */
async function openSpeakers(bench: Bench) {
  const [open, closed] = [bench.exchange(), bench.exchange()];
  const services = [speaker(open), speaker(closed)];
  bench.willBeDeclared(topologyOf(services.map(({ config }) => config)));
  const [ofOpen = '', ofClosed = ''] = services.map(({ config }) => permissionsOf(config).write);
  const connections = new Map([
    [open, await bench.harness.connectAs(open, new RegExp(`${ofOpen}|^${closed}$`))],
    [closed, await bench.harness.connectAs(closed, new RegExp(ofClosed))],
  ]);
  const runtime = createRuntime({
    services,
    transports: (user) => {
      const connection = connections.get(user?.name ?? '');
      if (connection === undefined) throw new Error(`no connection of ${user?.name}`);
      return connection.transport;
    },
    log: noLog,
  });
  await runtime.start();
  const { transport } = await bench.harness.connect();
  const ports = { transport, clock: systemClock, ids: systemIds(systemClock) };
  const client = new Client({ ...ports, name: 'outside' });
  await client.open();
  const call = (service: string, of: string) =>
    client.request(
      { exchange: service, routingKey: service },
      { action: 'call', data: { of } },
      { timeoutMs: 30_000 },
    );
  const close = async () => {
    await client.close();
    await runtime.stop();
  };
  return { open, closed, call, close };
}

export function brokerUsers(test: Suite, bench: () => Bench): void {
  test('each service of a process asks and answers as its own user', async () => {
    const { open, closed, call, close } = await openSpeakers(bench());
    try {
      const said = { end: 'said', heard: open, from: closed };
      assert.equal(await call(open, closed), said);
    } finally {
      await close();
    }
  });

  test('a service asks where its user may write, whatever another service of the process may', async () => {
    const { open, closed, call, close } = await openSpeakers(bench());
    try {
      assert.equal(await call(closed, open), { end: 'said.unroutable' });
      assert.equal(await call(closed, closed), { end: 'said', heard: closed, from: closed });
    } finally {
      await close();
    }
  });
}
