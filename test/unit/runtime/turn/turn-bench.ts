/** A turn loop over a memory journal, with everything it leaves to be done kept for a look. */

import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import type { EventInput, Input, Settlement } from '../../../../runtime/messages/input.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import { InstanceName } from '../../../../runtime/ports/instance-name.ts';
import type { Journal } from '../../../../runtime/ports/journal.ts';
import type { TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { EphemeralInbox } from '../../../../runtime/turn/ephemeral-inbox.ts';
import { FamilyCache } from '../../../../runtime/turn/family-cache.ts';
import { TurnLoop } from '../../../../runtime/turn/turn-loop.ts';
import { unencodable } from '../../../../transports/encodable.ts';
import { nothingConfirmed } from '../../../support/nothing-confirmed.ts';
import { countedIds, type LogLine, listLog, StockStore, shopService } from '../shop.ts';

type Unsettled<T> = T extends Input ? Omit<T, 'settle'> : never;

export class TurnBench {
  readonly store = new StockStore();
  readonly clock = new VirtualClock(1_000_000);
  readonly lines: LogLine[] = [];
  readonly commits: TurnCommit[] = [];
  readonly journal: MemoryJournal;
  readonly families: FamilyCache;
  readonly loop: TurnLoop;
  readonly #published: (() => void)[] = [];
  room: Promise<void> | undefined;

  constructor(
    change: {
      service?: (store: StockStore) => ServiceDefinition;
      journal?: (real: MemoryJournal) => Partial<Journal>;
      settleWhen?: 'committed' | 'ended';
    } = {},
  ) {
    this.journal = new MemoryJournal({ stores: [this.store] });
    const service = (change.service ?? shopService)(this.store);
    const journal: Journal = Object.assign(
      Object.create(this.journal),
      delegated(this.journal),
      change.journal?.(this.journal),
    );
    this.families = new FamilyCache({ max: 2, alone: journal.exclusive });
    this.loop = new TurnLoop({
      journal,
      services: new Map([[service.name, service]]),
      instance: new InstanceName('me'),
      clock: this.clock,
      ids: countedIds(),
      log: listLog(this.lines),
      failpoints: noFailpoints,
      afterCommit: (commits) => {
        this.commits.push(...commits);
        return new Promise((resolve) => this.#published.push(resolve));
      },
      settleWhen: change.settleWhen ?? 'committed',
      lanes: 2,
      batchMax: 10,
      families: this.families,
      room: () => this.room,
      ...(change.settleWhen === 'ended'
        ? { ephemeralInbox: new EphemeralInbox(() => this.clock.now()) }
        : {}),
      confirmed: nothingConfirmed,
      unpublishable: unencodable,
    });
  }

  static async open(...change: ConstructorParameters<typeof TurnBench>): Promise<TurnBench> {
    const bench = new TurnBench(...change);
    await bench.journal.open();
    return bench;
  }

  /** Resolves with how the input was settled. */
  give(input: Unsettled<Input>): Promise<Settlement> {
    return new Promise((settle) => this.loop.post({ ...input, settle } as Input));
  }

  event(
    type: string,
    data: Json = {},
    more: Partial<EventInput> & { key?: string } = {},
  ): Promise<Settlement> {
    return this.give(eventInput(type, data, more));
  }

  /** Everything a turn has left is out. */
  published(): void {
    for (const resolve of this.#published.splice(0)) resolve();
  }

  async state(key = 'one'): Promise<Json> {
    const family = (await this.journal.inspect(address(key)))?.family as
      | { root?: { value: Json; context: Json } }
      | undefined;
    return family?.root === undefined
      ? null
      : [family.root.value, (family.root.context as { count: number }).count];
  }

  /** Everything asked to be answered so far. */
  get answers(): Json[] {
    return this.commits.flatMap(({ outbox }) =>
      outbox.filter(({ properties }) => properties.type === 'answer').map(({ body }) => body),
    );
  }
}

/** The private fields of a journal are its own: its methods must keep their `this`. */
function delegated(journal: MemoryJournal): Partial<Journal> {
  return {
    load: (requests) => journal.load(requests),
    commit: (instance, turns, confirmed) => journal.commit(instance, turns, confirmed),
    findAsks: (correlationIds) => journal.findAsks(correlationIds),
  };
}

export function address(key = 'one') {
  return { service: 'shop', machine: 'cart', key };
}

export function eventInput(
  type: string,
  data: Json,
  { key, ...more }: Partial<EventInput> & { key?: string } = {},
): Unsettled<EventInput> {
  const replyTo = more.replyTo ?? null;
  const message = {
    identity: more.identity ?? null,
    from: null,
    headers: {},
    exchange: 'shop',
    routingKey: 'k',
    replyTo,
  };
  const deadLetter = {
    service: 'shop',
    kind: 'message' as const,
    queue: 'shop_consume',
    exchange: 'shop',
    routingKey: 'k',
    properties: { persistent: true },
    body: '',
  };
  const base = {
    kind: 'event' as const,
    address: address(key),
    path: [],
    starts: true,
    ignoreIfAbsent: false,
    unhandled: () => deadLetter,
  };
  return { ...base, event: { type, data, $: { message } }, ...more };
}

export function asker(messageId: string) {
  return { messageId, exchange: 'shop', routingKey: 'asker', correlationId: `c-${messageId}` };
}
