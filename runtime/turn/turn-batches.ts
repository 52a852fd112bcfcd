/**
 * Computes the turns of a batch and commits them, all or none; keeps what has become of their actors.
 *
 * 1. What is believed unasked is decided by the version at the commit; a conflict over it is done again with what the journal says.
 * 2. Whatever fails, what is committed is known, until whoever has the batch under way asks what is left of it.
 */

import type { EventInput, Input } from '../messages/input.ts';
import type { ServiceDefinition, ServiceMachine } from '../messages/service-definition.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import { Broken, Conflict, Refused, type UnanimousError } from '../ports/errors.ts';
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import type { Ids } from '../ports/ids.ts';
import type { InstanceName } from '../ports/instance-name.ts';
import type { Journal, Loaded, LoadRequest } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';
import { currentFamily } from '../step/stored-family.ts';
import type { FamilyCache, Kept } from './family-cache.ts';
import type { Slot } from './mailbox.ts';
import { computeTurn, type Turn } from './turn.ts';
import type { TurnPorts } from './turn-draft.ts';

export interface TurnBatchesOptions {
  readonly journal: Journal;
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  /** The name under which outbox rows and activities are committed. Put in doubt when a failed commit may have happened. */
  readonly instance: InstanceName;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Messages that are out, for a commit to forget. */
  readonly confirmed: Confirmed;
  /** Actors kept live between turns. */
  readonly families: FamilyCache;
  /** As in `TurnPorts`. */
  readonly ownReplyQueue?: (service: string) => string | undefined;
}

/** Outbox rows that are confirmed: taken for a commit, which says what has come of it. */
export interface Confirmed {
  take(): readonly string[];
  forgotten(ids: readonly string[]): void;
  giveBack(ids: readonly string[]): void;
}

export interface Work {
  readonly slot: Slot;
  readonly inputs: readonly Input[];
}

/** What is taken for stored without asking, turn by turn of a batch. */
type Believed = readonly (Kept | undefined)[];

const noAsks: ReadonlySet<string> = new Set();

export class TurnBatches {
  readonly #options: TurnBatchesOptions;
  readonly #cache: FamilyCache;
  readonly #turnPorts: TurnPorts;
  /** Of batches that are not through: what is committed is let go with the rest. */
  readonly #committed = new Set<Input>();

  constructor(options: TurnBatchesOptions) {
    this.#options = options;
    this.#cache = options.families;
    const { clock, ids, log, ownReplyQueue } = options;
    const own = ownReplyQueue === undefined ? {} : { ownReplyQueue };
    this.#turnPorts = { now: () => clock.now(), nextId: () => ids.next(), log, ...own };
  }

  /** Nothing of the actor is believed but what the journal says. */
  drop(address: ActorAddress): void {
    this.#cache.drop(addressId(address));
  }

  /** Those that are not committed. */
  open(inputs: readonly Input[]): readonly Input[] {
    return inputs.filter((input) => !this.#committed.has(input));
  }

  /** The same, of a batch that is through. */
  left(inputs: readonly Input[]): readonly Input[] {
    return inputs.filter((input) => !this.#committed.delete(input));
  }

  /** All turns of a batch in one commit; undefined when they must be done one by one. A conflict over what was believed is done again. */
  together(batch: readonly Work[]): Promise<readonly Turn[] | undefined> {
    return this.#tried(
      batch,
      batch.map(({ slot, inputs }) => this.#cache.believed(slot.id, inputs)),
    );
  }

  async #tried(batch: readonly Work[], believed: Believed): Promise<readonly Turn[] | undefined> {
    try {
      const turns = await this.#compute(batch, believed);
      if (turns.some(({ unnoted }, index) => unnoted && believed[index] !== undefined)) {
        throw new Conflict(
          'version-conflict',
          'a message failed, and the inbox was not asked whether it was handled before',
        );
      }
      await this.#commit(batch, turns);
      return turns;
    } catch (error) {
      const anyBelieved = believed.some((each) => each !== undefined);
      this.#options.log('debug', 'a batch failed', {
        turns: batch.length,
        believed: anyBelieved,
        error: String(error),
      });
      if (!anyBelieved || !(error instanceof Conflict)) return undefined;
    }
    this.#cache.doubt();
    return this.#tried(batch, []);
  }

  /** The turns of a batch that has failed, with nothing believed. Rejects with what their commit fails with. */
  async doubted(
    batch: readonly Work[],
    writeError: UnanimousError | undefined,
  ): Promise<readonly Turn[]> {
    const turns = await this.#compute(batch, [], writeError);
    await this.#commit(batch, turns);
    return turns;
  }

  #definition(address: ActorAddress): { service: ServiceDefinition; machine: ServiceMachine } {
    const service = this.#options.services.get(address.service);
    const machine = service?.machines.get(address.machine);
    if (service === undefined || machine === undefined)
      throw new Broken('broken', `nothing here runs ${addressId(address)}`);
    return { service, machine };
  }

  async #compute(
    batch: readonly Work[],
    believed: Believed,
    writeError?: UnanimousError,
  ): Promise<readonly Turn[]> {
    const cached = batch.map(({ slot }, index) => believed[index] ?? this.#cache.get(slot.id));
    const loaded = await this.#load(batch, cached, believed);
    this.#reach('turn.loaded', batch);
    const closed = await this.#closedAsks(batch, loaded);
    const computed = batch.map((work, index) =>
      this.#computeOne(work, loaded[index] as Loaded, cached[index], closed, writeError),
    );
    const turns = computed.some((turn) => turn instanceof Promise)
      ? await Promise.all(computed)
      : (computed as Turn[]);
    this.#reach('turn.stepped', batch);
    return turns;
  }

  /** What the journal has of each; it is not asked for what is believed. */
  async #load(
    batch: readonly Work[],
    cached: readonly (Kept | undefined)[],
    believed: Believed,
  ): Promise<readonly (Loaded | undefined)[]> {
    const asked = batch.flatMap((work, index) =>
      believed[index] === undefined ? [{ work, kept: cached[index], index }] : [],
    );
    const loaded: (Loaded | undefined)[] = believed.map(
      (each) => each && { version: each.version, seen: [] },
    );
    if (asked.length === 0) return loaded;
    const found = await this.#options.journal.load(
      asked.map(({ work, kept }) => loadRequest(work, kept)),
    );
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
  async #closedAsks(
    batch: readonly Work[],
    loaded: readonly (Loaded | undefined)[],
  ): Promise<ReadonlySet<string>> {
    const doubtful = batch.flatMap(({ inputs }, index) => {
      const isKept = loaded[index]?.version !== 0 && loaded[index]?.record === undefined;
      return inputs.flatMap((input) =>
        isRemembered(input) && !(isKept && this.#cache.ask(input.asked)) ? [input] : [],
      );
    });
    if (doubtful.length === 0) return noAsks;
    const open = new Map(
      (await this.#options.journal.findAsks(doubtful.map(({ asked }) => asked))).map((row) => [
        row.correlationId,
        addressId(row.address),
      ]),
    );
    return new Set(
      doubtful
        .filter(({ asked, address }) => open.get(asked) !== addressId(address))
        .map(({ asked }) => asked),
    );
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
      return computeTurn(
        { address, service, machine, family, unread, loaded, inputs, closedAsks, writeError },
        this.#turnPorts,
      );
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
    await journal.commit(instance.current, commits, out).catch((error: unknown) => {
      confirmed.giveBack(out);
      if (!(error instanceof Conflict || error instanceof Refused || error instanceof Broken))
        instance.doubt();
      throw error;
    });
    confirmed.forgotten(out);
    for (const input of handledInputs(batch, turns)) {
      this.#committed.add(input);
      this.#cache.handled(input);
    }
    this.#reach('turn.committed', batch, turns);
    for (const [index, { slot }] of batch.entries()) this.#remember(slot.id, turns[index] as Turn);
  }

  #reach(name: FailpointName, batch: readonly Work[], turns?: readonly Turn[]): void {
    const { failpoints } = this.#options;
    if (failpoints === noFailpoints) return;
    const addresses = batch.map(({ slot }) => slot.address);
    failpoints.reach(
      name,
      turns === undefined ? { addresses } : { addresses, states: turns.map(stateOf) },
    );
  }

  #remember(id: string, { commit, family }: Turn): void {
    if (commit.record === null || family === undefined) this.#cache.drop(id);
    else this.#cache.put(id, commit, family);
  }
}

/** What the turns have taken; a turn may end before the last of its inputs. */
export function handledInputs(batch: readonly Work[], turns: readonly Turn[]): readonly Input[] {
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
  const messageIds = inputs.flatMap((input) =>
    input.kind === 'event' && input.identity !== undefined ? [input.identity] : [],
  );
  return {
    address: slot.address,
    messageIds,
    ...(cached === undefined ? {} : { cachedVersion: cached.version }),
  };
}

function stateOf({ family }: Turn): string {
  return family === undefined ? '' : JSON.stringify(family.root.snapshot.value);
}
