/** Services whose chains a test looks at: an asker, a receiver, and a teller. */
import { assign, setup } from 'xstate';
import { createRuntime, type RunningServices } from '../../../../composition/create-runtime.ts';
import type { Client } from '../../../../runtime/client.ts';
import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import type { MessageEvent } from '../../../../runtime/messages/message-events.ts';
import type {
  MessageRoute,
  ServiceDefinition,
} from '../../../../runtime/messages/service-definition.ts';
import type { Journal } from '../../../../runtime/ports/journal.ts';
import type { TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { noLog } from '../../../../runtime/ports/log.ts';
import { SerialAccess } from '../../../../runtime/ports/serial-access.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import { defineService, type MachineOptions } from '../../../../runtime/service.ts';
import { ask, publish, type ReplyAddress, reply, write } from '../../../../runtime/step/effects.ts';
import type { AnyMachine } from '../../../../runtime/step/machine-definition.ts';
import { configOf, StockStore } from '../shop.ts';

export type Asked = MessageEvent<{ key: string }, number | null>;
export type Reading = Partial<Pick<MessageRoute, 'read'>>;
export interface Context {
  readonly caller: ReplyAddress | null;
  readonly count: number;
}
export type Args = { readonly context: Context; readonly event: unknown };

export const at = (name: string) => ({ exchange: name, routingKey: `${name}_consume` });
export const byKey: MessageRoute['to'] = ({ data }) => ({ key: (data as { key: string }).key });
export function route<Machine extends string>(machine: Machine, more: Reading = {}) {
  return { machine, to: byKey, starts: true as const, ...more };
}

export const parts = {
  take: assign<Context, { type: string }, undefined, { type: string }, never>({
    caller: ({ event }) => (event as unknown as Asked).$.message.replyTo,
  }),
  count: assign<Context, { type: string }, undefined, { type: string }, never>({
    count: ({ context }) => context.count + 1,
  }),
  answer: reply(({ event }: { event: unknown }) => ({
    to: (event as Asked).$.message.replyTo ?? undefined,
    body: 'fine',
  })),
  end: reply(({ context }: Args) => ({ to: context.caller ?? undefined, body: 'over' })),
};

export function question(to: string, action: string, messageId?: string) {
  const chosen = messageId === undefined ? {} : { messageId };
  return ask(() => ({ ...at(to), action, data: { key: 'b' }, answer: 'heard', ...chosen }));
}

export function fact(to: string, action: string) {
  return publish(() => ({ ...at(to), action, data: { key: 'b' } }));
}

export function put(name: string, value: number) {
  return write(() => ({ store: 'stock', op: 'put', args: { name, value } }));
}

/** Does `go`, waits for an answer if it asks, and ends. */
export function asker(go: Record<string, unknown>, heard: Record<string, unknown> = {}) {
  return setup({
    types: {} as { context: Context },
    actions: { ...parts, ...go, ...heard } as typeof parts,
  }).createMachine({
    id: 'asker',
    context: { caller: null, count: 0 },
    initial: 'new',
    states: {
      new: { on: { go: { target: 'asking', actions: ['take', ...Object.keys(go)] as ['take'] } } },
      asking: {
        on: { heard: { target: 'over', actions: [...Object.keys(heard), 'end'] as ['end'] } },
      },
      over: { type: 'final' },
    },
  });
}

/** A service that tells `b` a word when it is asked to. */
export function teller(word = 'told'): ServiceDefinition {
  return defineService({
    config: configOf('c'),
    machines: { asker: asker({ second: fact('b', word) }) },
    messages: { go: route('asker') },
  });
}

/** Answers and ends. */
export const once = setup({ types: {} as { context: Context }, actions: parts }).createMachine({
  id: 'once',
  context: { caller: null, count: 0 },
  initial: 'open',
  states: {
    open: { on: { tell: { target: 'over', actions: 'answer' } } },
    over: { type: 'final' },
  },
});

/** Counts, answers and lives on. */
export function living(more: Record<string, unknown> = {}) {
  return setup({
    types: {} as { context: Context },
    actions: { ...parts, ...more } as typeof parts,
  }).createMachine({
    id: 'living',
    context: { caller: null, count: 0 },
    on: { tell: { actions: ['count', ...Object.keys(more), 'answer'] as ['count', 'answer'] } },
  });
}

export interface Parts {
  readonly a: AnyMachine;
  readonly b: AnyMachine | MachineOptions;
  readonly route?: Reading;
  readonly config?: object;
  readonly others?: readonly ServiceDefinition[];
  readonly store?: StockStore;
  /** Default: true. */
  readonly fuse?: boolean;
  /** The journal as the services see it. Default: the journal itself. */
  readonly seenAs?: (journal: Journal) => Journal;
}

/** A stock that is read within a commit. */
export class OpenStock extends StockStore {
  readonly #access = new SerialAccess();

  override read(op: string, args: Json): Promise<Json> {
    return this.#access.run(() => super.read(op, args));
  }

  readIn(undoLog: UndoLog, op: string, args: Json): Promise<Json> {
    return this.#access.readIn(undoLog, () => super.read(op, args));
  }

  override apply(undoLog: UndoLog, writes: readonly Write[]): Promise<void> {
    return this.#access.runIn(undoLog, () => super.apply(undoLog, writes));
  }
}

export class World {
  readonly commits: (readonly TurnCommit[])[] = [];
  readonly store: StockStore;
  readonly journal: MemoryJournal;
  readonly running: RunningServices;
  #client: Client | undefined;

  constructor({ a, b, route: more = {}, config = {}, others = [], ...given }: Parts) {
    const { store = new StockStore(), fuse = true, seenAs = (journal: Journal) => journal } = given;
    this.store = store;
    this.journal = new MemoryJournal({
      stores: [store],
      onCommitted: (turns) => void this.commits.push(turns),
    });
    const machine = 'machine' in b ? b.machine : b;
    const options = { replyExchanges: { reply_exchanges: [{ name: 'b', type: 'direct' }] } };
    this.running = createRuntime({
      services: [
        defineService({
          config: configOf('a', options.replyExchanges),
          machines: { asker: a },
          messages: { go: route('asker') },
          stores: [this.store],
        }),
        defineService({
          config: configOf('b', config),
          machines: { [machine.id]: b },
          messages: { tell: route(machine.id, more), told: route(machine.id, more) },
          stores: [this.store],
        }),
        ...others,
      ],
      journal: seenAs(this.journal),
      fuse,
      log: noLog,
    });
  }

  /** What `go` is answered with. All is at rest afterwards. */
  async go(key = 'a', messageId = `m-${key}`): Promise<Json> {
    if (this.#client === undefined) {
      await this.running.start();
      this.#client = await this.running.client('test');
      this.commits.length = 0;
    }
    const answer = await this.#client.request(
      at('a'),
      { action: 'go', data: { key } },
      { messageId },
    );
    await this.rest();
    return answer;
  }

  /** Without an answer. */
  async send(...keys: readonly string[]): Promise<void> {
    if (this.#client === undefined) {
      await this.running.start();
      this.#client = await this.running.client('test');
      this.commits.length = 0;
    }
    const client = this.#client;
    const bodies = keys.map((key) => ({ action: 'go', data: { key } }));
    await Promise.all(
      bodies.map((body) => client.send(at('a'), body, { messageId: body.data.key })),
    );
    await this.rest();
  }

  /** One more message, until its actor has work. */
  async post(key: string): Promise<void> {
    await this.#client?.send(at('a'), { action: 'go', data: { key } }, { messageId: key });
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets `teller` tell. */
  async tell(): Promise<void> {
    await this.#client?.send(at('c'), { action: 'go', data: { key: 'c' } }, { messageId: 'c' });
    await this.rest();
  }

  async rest(): Promise<void> {
    for (let idle = 0; idle < 3; idle = this.running.isIdle ? idle + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** What the receiver `b` that lives on has counted. */
  async count(): Promise<unknown> {
    const record = await this.journal.inspect({ service: 'b', machine: 'living', key: 'b' });
    return (record?.family as { root?: { context?: Context } } | undefined)?.root?.context?.count;
  }

  /** The machines of each commit. */
  get machines(): readonly (readonly string[])[] {
    return this.commits.map((turns) => turns.map(({ address }) => address.machine));
  }

  fate(name: string): number {
    return this.running.fused.all[name] ?? 0;
  }

  async stop(): Promise<void> {
    await this.#client?.close();
    await this.running.stop();
  }
}

export async function inWorld(of: Parts, look: (world: World) => Promise<void>): Promise<void> {
  const world = new World(of);
  try {
    await look(world);
  } finally {
    await world.stop();
  }
}
