/**
 * A small service for the tests of the kernel: carts that count, one config, a store in memory, ids that count, a clock that stands still.
 */
import { type Static, Type } from 'typebox';
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import type { MessageEvent, ReadEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Delivery, MessageProperties } from '../../../runtime/ports/envelope.ts';
import { Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { Ids } from '../../../runtime/ports/ids.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Log } from '../../../runtime/ports/log.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../runtime/ports/undo-log.ts';
import { defineService } from '../../../runtime/service.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { ask, publish, read, refuse, reply, write } from '../../../runtime/step/effects.ts';

export function configOf(name: string, extra: object = {}): ExchangeConfig {
  const content = {
    svc_name: name,
    publish: { main: { name, type: 'direct', routing_key: `${name}_publish` } },
    consume: {
      main: { name, type: 'direct', queue: `${name}_consume`, routing_key: `${name}_consume` },
    },
    ...extra,
  };
  return parseExchangeConfig(JSON.stringify(content), {
    file: `${name}.json`,
    env: {},
    sections: {},
  });
}

/** Ids in order: `id-000001`, … */
export function countedIds(): Ids {
  let count = 0;
  return {
    next: () => {
      count += 1;
      return `id-${String(count).padStart(6, '0')}`;
    },
  };
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

export function listLog(lines: LogLine[]): Log {
  return (level, message) => lines.push({ level, message });
}

/** A stock of numbers by name. `put` expects the version that was read when it says so; `put` of a negative number is refused. */
export class StockStore implements Store<UndoLog> {
  readonly name = 'stock';
  readonly rows = new Map<string, number>();
  reads = 0;

  async read(_op: string, args: Json): Promise<Json> {
    this.reads += 1;
    return this.rows.get(String(args)) ?? null;
  }

  async apply(undoLog: UndoLog, writes: readonly Write[]): Promise<void> {
    for (const { args, expect } of writes)
      this.#put(undoLog, args as { name: string; value: number }, expect);
  }

  #put(
    undoLog: UndoLog,
    { name, value }: { name: string; value: number },
    expect: Json | undefined,
  ): void {
    const before = this.rows.get(name);
    if (expect !== undefined && (before ?? null) !== expect)
      throw new Conflict('expectation-failed', `${name} is ${before}`);
    if (value < 0) throw new Refused('refused', `${value} is less than nothing`);
    if (value > 1_000) throw new Error('the stock breaks');
    this.rows.set(name, value);
    undoLog.onRollback(() =>
      before === undefined ? this.rows.delete(name) : this.rows.set(name, before),
    );
  }
}

export const AddSchema = Type.Object({ n: Type.Integer() }, { additionalProperties: false });
type Add = Static<typeof AddSchema>;

interface Cart {
  readonly count: number;
}
type CartEvent = MessageEvent<Add & { name?: string; value?: number }, number | null>;
type Args = { context: Cart; event: unknown };

const replyTo = ({ event }: Args) => (event as CartEvent).$.message.replyTo ?? undefined;
const putOf = ({ event }: Args): Write => {
  const {
    data,
    $: { read: version },
  } = event as CartEvent;
  const put = {
    store: 'stock',
    op: 'put',
    args: { name: data.name ?? 'a', value: data.value ?? 1 },
  };
  return version === undefined ? put : { ...put, expect: version };
};

export const cart = setup({
  types: {} as { context: Cart },
  actors: {
    pack: activity(async (input: Json) => ({ packed: input }), {
      attemptsMax: 2,
      firstDelayMs: 100,
    }),
  },
  actions: {
    add: assign({
      count: ({ context, event }) => context.count + (event as unknown as CartEvent).data.n,
    }),
    answer: reply((args: Args) => ({ to: replyTo(args), body: { count: args.context.count } })),
    answerOk: reply((args: Args) => ({ to: replyTo(args), body: 'ok' })),
    tell: publish(({ context }: Args) => ({
      exchange: 'shop',
      routingKey: 'news',
      action: 'changed',
      data: { count: context.count },
    })),
    put: write((args: Args) => putOf(args)),
    answerRefused: reply((args: Args) => {
      const { cause, error } = args.event as { cause: CartEvent; error: { name: string } };
      return { to: cause.$.message.replyTo ?? undefined, body: { refused: error.name } };
    }),
    look: read(() => ({ store: 'stock', op: 'get', args: 'a', event: 'seen' })),
    keepSeen: assign({
      count: ({ event }) => (event as unknown as ReadEvent<number | null>).$.read ?? -1,
    }),
    forbid: refuse(() => new Refused('not-permitted', 'not here')),
    burst: assign(() => {
      throw new Error('burst');
    }),
    question: ask(() => ({
      exchange: 'bank',
      routingKey: 'bank',
      action: 'pay',
      answer: 'paid',
      about: { what: 'cart' },
    })),
  },
}).createMachine({
  id: 'cart',
  context: { count: 0 },
  initial: 'open',
  states: {
    open: {
      on: {
        add: { actions: ['add', 'answer'] },
        tell: { actions: ['add', 'tell'] },
        put: { actions: ['put', 'answerOk'] },
        putSeen: { actions: ['put', 'answerOk'] },
        'error.write': { actions: 'answerRefused' },
        look: { actions: 'look' },
        seen: { actions: 'keepSeen' },
        forbid: { actions: 'forbid' },
        burst: { actions: 'burst' },
        pay: 'paying',
        wait: 'waiting',
        pack: 'packing',
        close: 'closed',
      },
    },
    paying: {
      entry: 'question',
      on: { paid: 'open', 'paid.unroutable': { target: 'open', actions: 'tell' } },
    },
    waiting: {
      after: { 1000: { target: 'open', actions: 'tell' } },
      on: { add: { target: 'open', actions: 'add' } },
    },
    packing: {
      invoke: {
        src: 'pack',
        id: 'pack',
        input: { box: 1 },
        onDone: { target: 'open', actions: 'tell' },
      },
    },
    closed: { type: 'final' },
  },
});

const key = (data: Json) => String((data as { key?: string }).key ?? 'one');
const to = ({ data }: { data: Json }) => ({ key: key(data) });
const actions = [
  'tell',
  'put',
  'look',
  'forbid',
  'burst',
  'pay',
  'wait',
  'pack',
  'close',
  'unheard',
];

export function shopService(
  store: StockStore = new StockStore(),
  extra: Partial<Parameters<typeof defineService>[0]> = {},
): ServiceDefinition {
  return defineService({
    config: configOf('shop'),
    machines: { cart },
    messages: {
      add: { machine: 'cart', schema: AddSchema, to: () => ({ key: 'one' }), starts: true },
      strict: { machine: 'cart', to, starts: false },
      silent: { machine: 'cart', to, starts: false, ignoreIfAbsent: true },
      many: {
        machine: 'cart',
        to: ({ data }) => (data as string[]).map((each) => ({ key: each, data: { n: 1 } })),
        starts: true,
      },
      identified: {
        machine: 'cart',
        schema: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        to: ({ data }) => ({ key: (data as { id: string }).id }),
        starts: true,
      },
      keyed: {
        machine: 'cart',
        to: ({ data }) => data as { key: string },
        starts: true,
      },
      putSeen: {
        machine: 'cart',
        to,
        starts: true,
        read: () => ({ store: 'stock', op: 'get', args: 'a' }),
      },
      opened: { machine: 'cart', to, starts: true, internal: true },
      crooked: {
        machine: 'cart',
        to: () => {
          throw new TypeError('no such thing');
        },
        starts: true,
      },
      formed: {
        machine: 'cart',
        schema: AddSchema,
        to,
        starts: true,
        refusal: ({ message }) => ({ id: null, why: message }),
      },
      ...Object.fromEntries(
        actions.map((action) => [action, { machine: 'cart', to, starts: true }]),
      ),
    },
    ignored: ['gossip'],
    stores: [store],
    ...extra,
  });
}

/** A delivery as it comes from a queue. */
export function delivery(
  body: Json | string,
  properties: Partial<MessageProperties> = {},
  queue = 'shop_consume',
): Delivery {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    queue,
    exchange: 'shop',
    routingKey: 'shop_consume',
    redelivered: false,
    properties: { persistent: true, ...properties },
    body: bytes,
  };
}
