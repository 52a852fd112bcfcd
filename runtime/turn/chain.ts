/**
 * A chain: the turn of one root, and the turns that its messages lead to in the same batch. A message
 * in a chain is handed over as if it were delivered at once, and its turns are committed together.
 *
 * Boundary: nothing is taken back. A message whose step is not good stays a message of the outbox,
 * and goes the ordinary way with every later message of its sender to the same queue.
 *
 * Invariants:
 * - In order: a message is not handed over while an earlier message of its sender to one of its
 *   queues is on its way.
 * - Own receivers: a message to an actor with any other work is carried. So chains share no actor.
 * - Reads see the chain: a step that reads a store with writes of the chain is done in an open commit
 *   (`chain-commit.ts`), or not in the chain.
 * - Others first: while other actors of the process have work, no open commit begins, and a chain that
 *   holds one hands over nothing more. So with many chains at once, none keeps rows locked for long.
 * - Writes in order: without an open commit, writes are applied turn by turn. Then a step is not taken
 *   whose writes would be applied in another order than the chain made them.
 * - Closed questions: a question that is answered in the chain leaves no row. So its answer is only
 *   handed over when no further answer can come, or nobody waits for one.
 */
import type { EventInput, RoutedInput } from '../messages/input.ts';
import type { ActorAddress } from '../ports/address.ts';
import type { Journal } from '../ports/journal.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { StepResult } from '../step/step-effect.ts';
import type { ChainCommit } from './chain-commit.ts';
import { type Eventually, whenKnown } from './eventually.ts';
import type { Fate, FusedCounts, MessageShape } from './fused-counts.ts';
import { EndOfTurn } from './input-steps.ts';
import type { Slot } from './mailbox.ts';
import type { RecentMap } from './recent-map.ts';
import type { OpenTurn } from './turn.ts';

/** One actor of a chain, with its turn. */
export interface Link {
  readonly slot: Slot;
  readonly turn: OpenTurn;
  readonly isEphemeral: boolean;
  /** Messages that were handed over and that the inbox notes. */
  readonly noted: EventInput[];
  /** Whether the turn contains anything. */
  isUsed: boolean;
  /** The actor goes on with other work. */
  release(): void;
}

/** Where a message would go now. */
export interface LocalMessage {
  /** Undefined: not known. */
  readonly queues: readonly string[] | undefined;
  /**
   * The inputs that the message becomes in this process, or else the reason why it must be carried.
   */
  readonly inputs: readonly RoutedInput[] | Extract<Fate, 'not-free' | 'not-here' | 'no-route'>;
  delivered(): void;
}

export type FindAsk = (correlationId: string) => AskRow | undefined;

export interface ChainPorts {
  readonly find: (row: OutboxRow, asked: FindAsk) => LocalMessage;
  /** Whether earlier messages of the actor wait to be published. */
  readonly publishes: (sender: ActorAddress) => boolean;
  /**
   * Takes an actor without work into the batch, for a first message. Undefined: not now. `journal`: to
   * load the actor from.
   */
  readonly open: (input: EventInput, journal: Pick<Journal, 'load'>) => Promise<Link | undefined>;
  /** Whether actors beside those of the chain have work. */
  readonly othersWork: (links: readonly Link[]) => boolean;
  /**
   * By kind of message: the stores of a read that had to see writes of its chain, when the kind was
   * handed over before. So a chain knows beforehand that the next such message needs an open
   * commit.
   */
  readonly rereads: Pick<RecentMap<readonly string[]>, 'get' | 'set'>;
  /** Whether the message was handled here a moment ago. */
  readonly isRecent: (input: EventInput) => boolean;
  /** Takes that many steps of the batch's budget. False: the budget is spent. */
  readonly spend: (steps: number) => boolean;
  readonly counts: FusedCounts;
}

interface Sent {
  readonly row: OutboxRow;
  readonly link: Link;
}

const settle = (): void => undefined;

export class Chain {
  readonly links: Link[];
  readonly commit: ChainCommit;
  /** Messages that were handed over. */
  readonly delivered: LocalMessage[] = [];
  readonly #ports: ChainPorts;
  readonly #waiting: Sent[] = [];
  /** The stores of the first read for the message under way that looked for writes of the chain. */
  #reread: readonly string[] | undefined;
  /** Of each sender: the queues to which nothing is handed over any more; undefined: all queues. */
  readonly #barred = new Map<Link, Set<string> | undefined>();

  constructor(root: Link, commit: ChainCommit, ports: ChainPorts) {
    this.#ports = ports;
    this.commit = commit;
    this.links = [root];
    this.#join(root);
    this.#push(root, 0);
    commit.add(root.turn.draft.writes);
  }

  /** Whether a message was handed over. */
  get isUsed(): boolean {
    return this.delivered.length > 0;
  }

  /** The turns to commit with that of the root. An ephemeral actor that has ended leaves no row. */
  get committed(): readonly Link[] {
    return this.links
      .slice(1)
      .filter(
        ({ isUsed, isEphemeral, turn }) =>
          isUsed && (!isEphemeral || turn.draft.messages.outbox.length > 0),
      );
  }

  release(): void {
    for (const link of this.links) link.release();
  }

  async run(): Promise<void> {
    for (let sent = this.#waiting.shift(); sent !== undefined; sent = this.#waiting.shift()) {
      await this.#handOver(sent);
      if (this.commit.hasFailed) return;
    }
  }

  async #handOver({ row, link }: Sent): Promise<void> {
    const known = this.#knownFate(row, link);
    if (known !== undefined) {
      this.#ports.counts.add(shapeOf(row, []), known);
      this.#bar(link, undefined);
      return;
    }
    const message = this.#ports.find(row, (correlationId) => this.#ask(correlationId));
    const obstacle = this.#obstacle(link, message);
    const { queues, inputs } = message;
    const shape = shapeOf(row, inputs);
    const { reads } = this.commit;
    const fate = obstacle ?? (await this.#give(row, link, inputs as readonly RoutedInput[]));
    this.#ports.counts.add(shape, fate);
    if (fate === 'fused') {
      if (this.commit.reads > reads) this.#ports.counts.add(shape, 'fused-reading');
      link.turn.draft.messages.delivered(row);
      this.delivered.push(message);
    } else this.#bar(link, queues);
  }

  #obstacle(link: Link, { queues, inputs }: LocalMessage): Fate | undefined {
    if (queues === undefined || queues.length === 0) return 'no-route';
    if (this.#isBarred(link, queues) || this.#ports.publishes(link.slot.address))
      return 'behind-earlier';
    return typeof inputs === 'string' ? inputs : undefined;
  }

  /** Why a message is carried, where that is known without a look at its receivers. */
  #knownFate(
    row: OutboxRow,
    link: Link,
  ): Extract<Fate, 'behind-earlier' | 'others-work'> | undefined {
    if (this.#isBarred(link, [])) return 'behind-earlier';
    const { rereads, othersWork } = this.#ports;
    const isOpening = this.commit.sees(rereads.get(kindOf(row)) ?? []);
    return isOpening && othersWork(this.links) ? 'others-work' : undefined;
  }

  /** One message for all its receivers. */
  async #give(row: OutboxRow, sender: Link, inputs: readonly RoutedInput[]): Promise<Fate> {
    if (!this.#ports.spend(inputs.length)) return 'budget';
    const isUnique = sender.turn.draft.messages.hasOwnId(row);
    const given = inputs.map((input) => Object.assign(input, { settle }));
    const receivers: Link[] = [];
    for (const input of given) {
      const found = this.#receiver(input);
      const receiver = found instanceof Promise ? await found : found;
      if (receiver === undefined) return 'busy';
      receivers.push(receiver);
    }
    this.#reread = undefined;
    const taken = await this.#takeAll(given, receivers, sender);
    if (this.#reread !== undefined) this.#ports.rereads.set(kindOf(row), this.#reread);
    for (let index = 0; index < taken; index += 1)
      note(
        receivers[index] as Link,
        given[index] as EventInput,
        isUnique && taken === given.length,
      );
    return taken === given.length ? 'fused' : 'refused';
  }

  /**
   * How many receivers, from the first, have taken the message. The message is carried when one has
   * not; the inbox of the others then knows the message.
   */
  async #takeAll(
    given: readonly EventInput[],
    receivers: readonly Link[],
    sender: Link,
  ): Promise<number> {
    for (const [index, input] of given.entries()) {
      const taken = this.#take(receivers[index] as Link, input, sender);
      if (!(taken instanceof Promise ? await taken : taken)) return index;
    }
    return given.length;
  }

  async #opened(input: EventInput): Promise<Link | undefined> {
    const opened = await this.#ports.open(input, this.commit);
    if (opened === undefined) return undefined;
    this.links.push(opened);
    this.#join(opened);
    return opened;
  }

  #receiver(input: EventInput): Eventually<Link | undefined> {
    const { address } = input;
    const known = this.links.find(({ slot }) => isSame(slot.address, address));
    if (known === undefined) return this.#opened(input);
    const { slot, turn } = known;
    const isFree = turn.isComplete && slot.inputs.length === 0 && input.remembered !== true;
    return isFree && !this.#ports.isRecent(input) ? known : undefined;
  }

  #take(receiver: Link, input: EventInput, sender: Link): Eventually<boolean> {
    const { turn } = receiver;
    const { messages, writes } = turn.draft;
    const [firstSent, firstWrite] = [messages.sent.length, writes.length];
    const accepts = (step: StepResult) => this.#accepts(receiver, input, step, sender);
    return whenKnown(turn.takeLocal(input, accepts), (taken) => {
      if (!taken) return false;
      receiver.isUsed = true;
      this.#push(receiver, firstSent);
      this.commit.add(writes.slice(firstWrite));
      return true;
    });
  }

  #accepts(receiver: Link, input: EventInput, step: StepResult, sender: Link): boolean {
    if (receiver.isEphemeral) return endsAtOnce(step);
    const { asked, asker } = input;
    const isOwn = asked !== undefined && receiver.turn.draft.messages.isAsked(asked);
    if (isOwn && sender.turn.isActive && stillWaits(step, asker)) return false;
    if (this.commit.isOpen) return true;
    return step.effects.every(
      (effect) => effect.kind !== 'write' || this.#isLast(receiver, effect.write.store),
    );
  }

  /** Whether no turn behind this one writes to the store: writes are applied turn by turn. */
  #isLast(link: Link, store: string): boolean {
    const place = this.links.indexOf(link);
    return !this.links.some(({ turn }, index) => index > place && turn.draft.writesTo(store));
  }

  #join({ turn }: Link): void {
    turn.follow((service, read, stores) => {
      if (this.commit.sees(stores)) {
        this.#reread ??= stores;
        if (this.#ports.othersWork(this.links)) throw new EndOfTurn();
      }
      return this.commit.read(service, read, stores);
    });
  }

  #push(link: Link, first: number): void {
    const { sent } = link.turn.draft.messages;
    for (let index = first; index < sent.length; index += 1)
      this.#waiting.push({ row: sent[index] as OutboxRow, link });
  }

  #ask(correlationId: string): AskRow | undefined {
    for (const { turn } of this.links) {
      const { asks } = turn.draft.messages;
      const found = asks.find((ask) => ask.correlationId === correlationId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #isBarred(link: Link, queues: readonly string[]): boolean {
    if (!this.#barred.has(link)) return false;
    const barred = this.#barred.get(link);
    return barred === undefined || queues.some((queue) => barred.has(queue));
  }

  #bar(link: Link, queues: readonly string[] | undefined): void {
    const barred = this.#barred.has(link) ? this.#barred.get(link) : new Set<string>();
    for (const queue of queues ?? []) barred?.add(queue);
    this.#barred.set(link, queues === undefined ? undefined : barred);
  }
}

/**
 * `isUnique`: no other message can have the id of this message, so the inbox need not note the id.
 */
function note({ turn, noted }: Link, input: EventInput, isUnique: boolean): void {
  if (isUnique) turn.draft.forget(input);
  else if (input.identity !== undefined) noted.push(input);
}

function shapeOf(
  { properties, correlationId }: OutboxRow,
  inputs: LocalMessage['inputs'],
): MessageShape {
  if (typeof inputs !== 'string' && inputs.length > 1) return 'several';
  if (correlationId !== undefined) return 'question';
  return properties.type === 'answer' ? 'answer' : 'message';
}

function isSame(one: ActorAddress, other: ActorAddress): boolean {
  return one.key === other.key && one.machine === other.machine && one.service === other.service;
}

function kindOf({ address, exchange, routingKey, properties: { type = '' } }: OutboxRow): string {
  return JSON.stringify([address.service, address.machine, exchange, routingKey, type]);
}

/** Whether a further answer would reach the machine that has asked. */
function stillWaits({ family, effects }: StepResult, asker: number | undefined): boolean {
  if (family.root.snapshot.status !== 'active') return false;
  return !effects.some((effect) => effect.kind === 'end-asker' && effect.asker === asker);
}

/** Whether the step leaves nothing behind but messages that ask nothing. */
function endsAtOnce({ family, effects }: StepResult): boolean {
  if (family.root.snapshot.status === 'active') return false;
  return effects.every(({ kind }) => ['reply', 'publish', 'log', 'emit'].includes(kind));
}
