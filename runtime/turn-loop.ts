/**
 * Takes the actors that are ready, computes their turns together and commits them together.
 *
 * 1. A batch is what is ready; nothing waits for a batch to fill.
 * 2. When the commit of a batch fails, its turns are done one by one, so that a bad one hurts only itself. A conflict over what was
 *    believed unasked (`family-cache`) is first done again with what the journal says.
 * 3. A `Conflict` means: load again, compute again. A write that is refused is found by doing the turn message by message; the
 *    machine gets the refusal as an event.
 * 4. Anything else is the world's fault: the inputs wait a while and come again, unacknowledged.
 * 5. After a failure nothing of the actor is believed but what the journal says.
 * 6. An input that is committed is never stepped again, whatever becomes of those it came with.
 */
import { type ActorAddress, addressId } from './address.ts';
import type { Clock } from './clock.ts';
import { Broken, Conflict, Refused, UnanimousError } from './errors.ts';
import { type FailpointName, type Failpoints, noFailpoints } from './failpoints.ts';
import { FamilyCache, type Kept } from './family-cache.ts';
import type { Ids } from './ids.ts';
import type { AskRow, Journal, Loaded, LoadRequest, TurnCommit } from './journal.ts';
import type { Log } from './log.ts';
import { type EventInput, type Input, Mailboxes, type Slot } from './mailbox.ts';
import type { ServiceDefinition, ServiceMachine } from './service.ts';
import { currentFamily } from './stored-family.ts';
import { computeTurn, type Turn } from './turn.ts';
import type { TurnPorts } from './turn-draft.ts';

export interface TurnLoopOptions {
  readonly journal: Journal;
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  readonly instance: string;
  /** A commit has failed, and it may have happened all the same. */
  readonly inDoubt: () => void;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Messages that are out, for a commit to forget. */
  readonly confirmed: Confirmed;
  /** What a commit leaves to be done: publish, start timers and activities. Resolves when its messages are out. */
  readonly afterCommit: (commits: readonly TurnCommit[]) => Promise<void>;
  /** Inputs are settled when committed, or (`ended`, for ephemeral machines) when their actor has ended and its answer is out. */
  readonly settleWhen: 'committed' | 'ended';
  /** Batches under way at once. */
  readonly lanes: number;
  readonly batchMax: number;
  /** Actors kept live between turns. */
  readonly cacheMax: number;
  /** Waited for before a batch begins, while too much that was committed is not out; undefined when there is nothing to wait for. */
  readonly room: () => Promise<void> | undefined;
}

/** Outbox rows that are confirmed: taken for a commit, which says what has come of it. */
export interface Confirmed {
  take(): readonly string[];
  forgotten(ids: readonly string[]): void;
  giveBack(ids: readonly string[]): void;
}

interface Work {
  readonly slot: Slot;
  readonly inputs: readonly Input[];
}

/** What is taken for stored without asking, turn by turn of a batch. */
type Believed = readonly (Kept | undefined)[];

const conflictsMax = 50;
const retryFirstMs = 50;
const retryMaxMs = 5_000;
const unknownFailuresMax = 8;
const noAsks: ReadonlySet<string> = new Set();

export class TurnLoop {
  readonly #options: TurnLoopOptions;
  readonly #mailboxes = new Mailboxes();
  readonly #cache: FamilyCache;
  readonly #turnPorts: TurnPorts;
  /** Of batches that are not through: what is committed is let go with the rest. */
  readonly #committed = new Set<Input>();
  /** Messages of ephemeral actors that still live: nothing but their delivery remembers them. */
  readonly #held = new Map<string, Input[]>();
  #lanes = 0;
  #starting = false;
  #stopping = false;
  #idle: (() => void)[] = [];
  /** Lanes that wait for room. */
  readonly #paused = new Set<() => void>();

  constructor(options: TurnLoopOptions) {
    this.#options = options;
    this.#cache = new FamilyCache({ max: options.cacheMax, alone: options.journal.exclusive });
    this.#turnPorts = { now: () => options.clock.now(), nextId: () => options.ids.next(), log: options.log };
  }

  /** A question that an actor kept here waits for; whoever posts its answer says that it was `remembered`. */
  ask(correlationId: string): AskRow | undefined {
    return this.#cache.ask(correlationId);
  }

  post(input: Input): void {
    if (this.#stopping) {
      input.settle('retry');
      return;
    }
    this.#mailboxes.post(input);
    this.#wake();
  }

  /** Resolves when nothing is under way; what comes later is given back. Turns that wait for a retry are given up. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const goOn of this.#paused) goOn();
    while (this.#lanes > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#mailboxes.abandon();
    for (const input of [...this.#held.values()].flat()) input.settle('retry');
    this.#held.clear();
  }

  /** True when nothing waits for an actor or is under way. */
  get quiet(): boolean {
    return this.#mailboxes.busy === 0 && this.#lanes === 0;
  }

  /** Lanes start in a microtask of their own, so that everything posted in this moment shares a batch. */
  #wake(): void {
    if (this.#starting || this.#lanes >= this.#options.lanes) return;
    this.#starting = true;
    queueMicrotask(() => {
      this.#starting = false;
      if (this.#mailboxes.waiting > 0 && this.#lanes < this.#options.lanes) void this.#runLane();
    });
  }

  async #runLane(): Promise<void> {
    this.#lanes += 1;
    while (this.#mailboxes.waiting > 0 && !this.#stopping) {
      const room = this.#options.room();
      if (room === undefined) await this.#runBatch();
      else await this.#pause(room);
    }
    this.#lanes -= 1;
    if (this.#lanes === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #pause(room: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        this.#paused.delete(goOn);
        resolve();
      };
      this.#paused.add(goOn);
      void room.then(goOn);
    });
  }

  async #runBatch(): Promise<void> {
    const batch = this.#mailboxes.take(this.#options.batchMax);
    const turns = await this.#together(
      batch,
      batch.map(({ slot, inputs }) => this.#cache.believed(slot.address, inputs)),
    );
    if (turns === undefined) {
      await this.#oneByOne(batch);
      return;
    }
    for (const turn of turns) this.#remember(turn);
    for (const work of batch) this.#finish(work);
    this.#follow(batch, turns);
  }

  async #oneByOne(batch: readonly Work[]): Promise<void> {
    const { failpoints } = this.#options;
    for (const [index, work] of batch.entries()) {
      failpoints.reach(index === 0 ? 'turn.before-redo' : 'turn.part-redone');
      await this.#alone(work);
    }
  }

  /** All turns of a batch in one commit; undefined when they must be done one by one. A conflict over what was believed is done again. */
  async #together(batch: readonly Work[], believed: Believed): Promise<readonly Turn[] | undefined> {
    try {
      const turns = await this.#compute(batch, believed);
      if (turns.some(({ unnoted }, index) => unnoted && believed[index] !== undefined)) {
        throw new Conflict('version-conflict', 'a message failed, and the inbox was not asked whether it was handled before');
      }
      await this.#commit(batch, turns);
      return turns;
    } catch (error) {
      const anyBelieved = believed.some((each) => each !== undefined);
      this.#options.log('debug', 'a batch failed', { turns: batch.length, believed: anyBelieved, error: String(error) });
      if (!anyBelieved || !(error instanceof Conflict)) return undefined;
    }
    this.#cache.doubt();
    return this.#together(batch, []);
  }

  /** One actor by itself, redone until it is committed or put back. */
  async #alone(work: Work): Promise<void> {
    try {
      await this.#redo(work.slot.address, work.inputs);
      this.#finish(work);
    } catch (error) {
      await this.#failed(work, error);
    }
  }

  /** An error that names itself nowhere and comes again and again is a bug: the one whose write it is gets it as a refused write. */
  async #failed(work: Work, error: unknown): Promise<void> {
    const { slot, inputs } = work;
    if (slot.failures + 1 < unknownFailuresMax || error instanceof UnanimousError) {
      this.#putBack(work, error);
      return;
    }
    const poison = new Broken('write-failed', `the commit failed ${slot.failures + 1} times: ${String(error)}`, { cause: error });
    try {
      for (const input of inputs) await this.#redoPoisoned(slot.address, input, poison);
      this.#finish(work);
    } catch (still) {
      this.#putBack(work, still);
    }
  }

  async #redoPoisoned(address: ActorAddress, input: Input, poison: UnanimousError): Promise<void> {
    try {
      await this.#redo(address, [input]);
    } catch (error) {
      if (error instanceof UnanimousError) throw error;
      await this.#redo(address, [input], poison);
    }
  }

  async #redo(address: ActorAddress, inputs: readonly Input[], writeError?: UnanimousError): Promise<void> {
    let open = this.#open(inputs);
    for (let conflicts = 0; open.length > 0; conflicts += 1) {
      this.#cache.drop(address);
      try {
        await this.#commitOne(address, open, writeError);
        open = this.#open(open);
      } catch (error) {
        if (error instanceof Conflict && conflicts < conflictsMax) continue;
        if (!(error instanceof Refused || error instanceof Broken)) throw error;
        await this.#split(address, open, error, writeError);
        return;
      }
    }
  }

  #open(inputs: readonly Input[]): readonly Input[] {
    return inputs.filter((input) => !this.#committed.has(input));
  }

  /** The same, of a batch that is through. */
  #left(inputs: readonly Input[]): readonly Input[] {
    return inputs.filter((input) => !this.#committed.delete(input));
  }

  async #commitOne(address: ActorAddress, inputs: readonly Input[], writeError: UnanimousError | undefined): Promise<void> {
    const slot: Slot = { address, inputs: [], phase: 'running', failures: 0 };
    const batch = [{ slot, inputs }];
    const turns = await this.#compute(batch, [], writeError);
    await this.#commit(batch, turns);
    for (const turn of turns) this.#remember(turn);
    this.#follow(batch, turns);
  }

  /** A write was refused: message by message, and the one whose write it is learns of it. */
  async #split(address: ActorAddress, inputs: readonly Input[], error: UnanimousError, earlier: UnanimousError | undefined): Promise<void> {
    const [first, ...rest] = inputs;
    if (first === undefined) return;
    if (rest.length > 0) await this.#messageByMessage(address, inputs);
    else if (earlier === undefined) await this.#redo(address, inputs, error);
    else throw error;
  }

  async #messageByMessage(address: ActorAddress, inputs: readonly Input[]): Promise<void> {
    for (const [index, input] of inputs.entries()) {
      if (index > 0) this.#options.failpoints.reach('turn.message-redone');
      await this.#redo(address, [input]);
    }
  }

  #definition(address: ActorAddress): { service: ServiceDefinition; machine: ServiceMachine } {
    const service = this.#options.services.get(address.service);
    const machine = service?.machines.get(address.machine);
    if (service === undefined || machine === undefined) throw new Broken('broken', `nothing here runs ${addressId(address)}`);
    return { service, machine };
  }

  async #compute(batch: readonly Work[], believed: Believed, writeError?: UnanimousError): Promise<readonly Turn[]> {
    const cached = batch.map(({ slot }, index) => believed[index] ?? this.#cache.get(slot.address));
    const loaded = await this.#load(batch, cached, believed);
    this.#reach('turn.loaded', batch);
    const closed = await this.#closedAsks(batch, loaded);
    const computed = batch.map((work, index) => this.#computeOne(work, loaded[index] as Loaded, cached[index], closed, writeError));
    const turns = computed.some((turn) => turn instanceof Promise) ? await Promise.all(computed) : (computed as Turn[]);
    this.#reach('turn.stepped', batch);
    return turns;
  }

  /** What the journal has of each; it is not asked for what is believed. */
  async #load(batch: readonly Work[], cached: readonly (Kept | undefined)[], believed: Believed): Promise<readonly (Loaded | undefined)[]> {
    const asked = batch.flatMap((work, index) => (believed[index] === undefined ? [{ work, kept: cached[index], index }] : []));
    const loaded: (Loaded | undefined)[] = believed.map((each) => each && { version: each.version, seen: [] });
    if (asked.length === 0) return loaded;
    const found = await this.#options.journal.load(asked.map(({ work, kept }) => loadRequest(work, kept)));
    for (const [position, { work, kept, index }] of asked.entries()) {
      loaded[index] = found[position];
      this.#cache.compared(work.inputs, kept, found[position]?.version ?? 0);
    }
    return loaded;
  }

  /**
   * Questions that were open when their answers came, and are not any more. They were remembered with a family: where that is not what the
   * turn begins from, the journal is asked.
   */
  async #closedAsks(batch: readonly Work[], loaded: readonly (Loaded | undefined)[]): Promise<ReadonlySet<string>> {
    const doubtful = batch.flatMap(({ inputs }, index) => {
      const isKept = loaded[index]?.version !== 0 && loaded[index]?.record === undefined;
      return inputs.flatMap((input) => (isRemembered(input) && !(isKept && this.#cache.ask(input.asked)) ? [input] : []));
    });
    if (doubtful.length === 0) return noAsks;
    const open = new Map(
      (await this.#options.journal.findAsks(doubtful.map(({ asked }) => asked))).map((row) => [row.correlationId, addressId(row.address)]),
    );
    return new Set(doubtful.filter(({ asked, address }) => open.get(asked) !== addressId(address)).map(({ asked }) => asked));
  }

  #computeOne(
    { slot, inputs }: Work,
    loaded: Loaded,
    cached: Kept | undefined,
    closedAsks: ReadonlySet<string>,
    writeError: UnanimousError | undefined,
  ): Turn | Promise<Turn> {
    const { address } = slot;
    try {
      const { service, machine } = this.#definition(address);
      const { family, unread } = currentFamily(address, machine, loaded, cached?.family);
      return computeTurn({ address, service, machine, family, unread, loaded, inputs, closedAsks, writeError }, this.#turnPorts);
    } catch (error) {
      // Others of the batch may be under way: they must not be left alone with their own errors.
      return Promise.reject(error);
    }
  }

  async #commit(batch: readonly Work[], turns: readonly Turn[]): Promise<void> {
    const { journal, instance, confirmed } = this.#options;
    const commits = turns.map(({ commit }) => commit);
    this.#reach('turn.before-commit', batch);
    const out = confirmed.take();
    await journal.commit(instance, commits, out).catch((error: unknown) => {
      confirmed.giveBack(out);
      if (!(error instanceof Conflict || error instanceof Refused || error instanceof Broken)) this.#options.inDoubt();
      throw error;
    });
    confirmed.forgotten(out);
    for (const input of handledInputs(batch, turns)) {
      this.#committed.add(input);
      this.#cache.handled(input);
    }
    this.#reach('turn.committed', batch, turns);
  }

  #reach(name: FailpointName, batch: readonly Work[], turns?: readonly Turn[]): void {
    const { failpoints } = this.#options;
    if (failpoints === noFailpoints) return;
    const addresses = batch.map(({ slot }) => slot.address);
    failpoints.reach(name, turns === undefined ? { addresses } : { addresses, states: turns.map(stateOf) });
  }

  #finish({ slot, inputs }: Work): void {
    slot.failures = 0;
    const left = this.#left(inputs);
    if (left.length > 0) slot.inputs = [...left, ...slot.inputs];
    this.#mailboxes.release(slot);
    if (this.#mailboxes.waiting > 0) this.#wake();
  }

  #remember({ commit, family }: Turn): void {
    if (commit.record === null || family === undefined) this.#cache.drop(commit.address);
    else this.#cache.put(commit, family);
  }

  #follow(batch: readonly Work[], turns: readonly Turn[]): void {
    const handled = handledInputs(batch, turns);
    const open = this.#options.settleWhen === 'committed' ? handled : this.#hold(handled, turns);
    const settle = (): void => {
      for (const input of open) input.settle('done');
    };
    const published = this.#options.afterCommit(turns.map(({ commit }) => commit));
    if (this.#options.settleWhen === 'committed') settle();
    else void published.then(settle);
  }

  /** Keeps the messages of actors that live on; gives back those of actors that have ended, with all that was kept for them. */
  #hold(handled: readonly Input[], turns: readonly Turn[]): readonly Input[] {
    if (this.#held.size === 0 && turns.every(({ commit }) => commit.record === null)) return handled;
    const living = new Set(turns.flatMap(({ commit }) => (commit.record === null ? [] : [addressId(commit.address)])));
    const isHeld = (input: Input): boolean => input.kind === 'event' && living.has(addressId(input.address));
    for (const input of handled.filter(isHeld)) {
      const id = addressId(input.address);
      this.#held.set(id, [...(this.#held.get(id) ?? []), input]);
    }
    const ended = turns.map(({ commit }) => addressId(commit.address)).filter((id) => !living.has(id));
    const released = ended.flatMap((id) => this.#held.get(id) ?? []);
    for (const id of ended) this.#held.delete(id);
    return [...released, ...handled.filter((input) => !isHeld(input))];
  }

  #putBack(work: Work, error: unknown): void {
    const { slot } = work;
    const inputs = this.#left(work.inputs);
    slot.failures += 1;
    const delayMs = Math.min(retryMaxMs, retryFirstMs * 2 ** (slot.failures - 1));
    this.#options.log('warn', 'a turn failed and is done again', { actor: addressId(slot.address), delayMs, error: String(error) });
    if (this.#stopping) {
      for (const input of inputs) input.settle('retry');
      return;
    }
    this.#mailboxes.putBack(slot, inputs);
    this.#options.clock.after(delayMs, () => {
      if (this.#stopping) return;
      this.#mailboxes.release(slot);
      this.#wake();
    });
  }
}

/** What the turns have taken; a turn may end before the last of its inputs. */
function handledInputs(batch: readonly Work[], turns: readonly Turn[]): readonly Input[] {
  const handled: Input[] = [];
  for (const [index, { inputs }] of batch.entries()) {
    const count = turns[index]?.handled ?? 0;
    for (let at = 0; at < count; at += 1) handled.push(inputs[at] as Input);
  }
  return handled;
}

type Remembered = EventInput & { readonly asked: string };

function isRemembered(input: Input): input is Remembered {
  return input.kind === 'event' && input.remembered === true && input.asked !== undefined;
}

function loadRequest({ slot, inputs }: Work, cached: Kept | undefined): LoadRequest {
  const messageIds = inputs.flatMap((input) => (input.kind === 'event' && input.identity !== undefined ? [input.identity] : []));
  return { address: slot.address, messageIds, ...(cached === undefined ? {} : { cachedVersion: cached.version }) };
}

function stateOf({ family }: Turn): string {
  return family === undefined ? '' : JSON.stringify(family.root.snapshot.value);
}
