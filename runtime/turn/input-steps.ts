/**
 * From one input to the step of its machine. An event may start an absent actor. A timer and the
 * outcome of an activity go to the machine that started the timer or the activity. A refused write
 * undoes the step that asked for the write.
 *
 * Boundary: changes nothing of the turn. `turn.ts` accepts the result of a step.
 *
 * Invariants:
 * - Reads see the past only: a read does not see the writes of earlier inputs of the same turn. So
 *   the turn ends before an input whose step reads a store with such writes. In a chain the read sees
 *   them (`chain-commit.ts`).
 * - An actor that ends as it starts has handled its message: the effects of the start are kept.
 * - Questions of one life: when an actor that may have open questions has ended in a turn, the turn
 *   ends before an event that would start the actor again.
 */
import { isJsonObject } from '../../config/json.ts';
import type { EventInput, Input } from '../messages/input.ts';
import type { ActorAddress } from '../ports/address.ts';
import { Broken, errorBody, Refused, type UnanimousError } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';
import { type Family, memberAt } from '../step/family.ts';
import type { MachineDefinition } from '../step/machine-definition.ts';
import type { MachineEvent } from '../step/machine-event.ts';
import {
  handles,
  nearestTaker,
  startFamily,
  stepActivity,
  stepFamily,
  stepTimer,
} from '../step/machine-step.ts';
import { tokenPath } from '../step/path.ts';
import type { Stamp, StepResult } from '../step/step-effect.ts';
import type { UnreadRecord } from '../step/stored-family.ts';
import { type Eventually, whenKnown } from './eventually.ts';
import { type ReadPorts, withReads } from './step-reads.ts';
import type { TurnDraft } from './turn-draft.ts';

/**
 * The only input of the turn has failed before. `told`: its machine gets the error in place of the
 * step. `set-aside`: the input fails with the error, and no step is made.
 */
export interface Setback {
  readonly kind: 'told' | 'set-aside';
  readonly error: UnanimousError;
}

/**
 * Thrown to end the turn before an input, because the input must come after the commit of the turn:
 * it reads what the turn writes, or starts a new life of the actor.
 */
export class EndOfTurn extends Error {}

/** The actor of a turn, as it was before the turn. */
export interface SteppedActor {
  readonly address: ActorAddress;
  readonly machine: MachineDefinition;
  readonly family: Family | undefined;
  /** A stored record that could not become a family. The record stays unchanged. */
  readonly unread: UnreadRecord | undefined;
  readonly setback: Setback | undefined;
}

export interface StepPorts {
  readonly now: () => number;
  /** The `newId` of the next event or machine input. */
  readonly newId: () => string;
  readonly read: (service: string, read: Read) => Eventually<Json>;
  /** The names of the stores that a read of this name looks at. Default: the name itself. */
  readonly readStores?: (service: string, store: string) => readonly string[];
}

/** A read in a chain. `stores`: all that the read looks at. May throw `EndOfTurn`. */
export type FollowingRead = (
  service: string,
  read: Read,
  stores: readonly string[],
) => Eventually<Json>;

/** `undefined` where a step is expected means that nothing happens. */
type Stepped = Eventually<StepResult | undefined>;

export class InputSteps implements ReadPorts {
  readonly #actor: SteppedActor;
  readonly #ports: StepPorts;
  readonly #draft: Pick<TurnDraft, 'asks' | 'writesTo'>;
  #readLater: FollowingRead | undefined;

  constructor(actor: SteppedActor, ports: StepPorts, draft: Pick<TurnDraft, 'asks' | 'writesTo'>) {
    this.#actor = actor;
    this.#ports = ports;
    this.#draft = draft;
  }

  /** From now on steps read through `read`, which sees the writes of all turns of the chain. */
  follow(read: FollowingRead): void {
    this.#readLater = read;
  }

  /**
   * The step of one input. `family`: the actor as earlier inputs of the turn have left it. Throws
   * and rejects with `EndOfTurn`, and with the error of a step that fails.
   */
  step(input: Input, family: Family | undefined): Stepped {
    const { unread, setback } = this.#actor;
    if (setback?.kind === 'set-aside') throw setback.error;
    if (unread?.error !== undefined && family === undefined) throw unread.error;
    if (setback !== undefined) return this.#writeErrorStep(input, family, setback.error);
    switch (input.kind) {
      case 'event':
        return this.#eventStep(input, family);
      case 'timer':
        return family && this.#following(stepTimer(family, input.token, this.stamp()));
      case 'activity':
        return (
          family && this.#following(stepActivity(family, input.token, input.outcome, this.stamp()))
        );
      default:
        return input satisfies never;
    }
  }

  stamp(): Stamp {
    return { atMs: this.#ports.now(), newId: this.#ports.newId() };
  }

  read(read: Read): Eventually<Json> {
    const { service } = this.#actor.address;
    const stores = this.#ports.readStores?.(service, read.store) ?? [read.store];
    if (this.#readLater !== undefined) return this.#readLater(service, read, stores);
    if (stores.some((store) => this.#draft.writesTo(store))) throw new EndOfTurn();
    return this.#ports.read(service, read);
  }

  #following(result: StepResult | undefined): Stepped {
    return result && withReads(result, this);
  }

  #eventStep(input: EventInput, family: Family | undefined): Stepped {
    return whenKnown(this.#begun(input, family), (started) => {
      if (started === undefined || this.#isOver(input, family, started)) return started;
      return whenKnown(this.#completed(input), (event) => this.#deliver(input, started, event));
    });
  }

  /** The living family, or a new one with all reads of its start. An ended actor starts again. */
  #begun(input: EventInput, family: Family | undefined): Stepped {
    if (family?.root.snapshot.status === 'active') return { family, effects: [] };
    if (!input.starts) return this.#absent(input);
    if (family !== undefined && this.#mayWaitForAnswers()) throw new EndOfTurn();
    return whenKnown(this.#startInput(input), (machineInput) =>
      this.#following(
        startFamily(this.#actor.machine, machineInput, this.stamp(), this.#actor.address.key),
      ),
    );
  }

  /**
   * The input of the start: the message itself if its route says `starts: 'input'`. `$` has the
   * members of the message, so that an action of the start can answer the sender.
   */
  #startInput(input: EventInput): Eventually<unknown> {
    const { key, service } = this.#actor.address;
    const { machineInput, event } = input;
    if (machineInput === undefined) return { key, service, $: event.$ };
    return whenKnown(this.#completed(input), ({ $ }) =>
      isJsonObject(machineInput) ? { ...machineInput, $ } : machineInput,
    );
  }

  /** Whether the start has handled the message: as the machine's input, or by the machine's end. */
  #isOver(input: EventInput, family: Family | undefined, { family: started }: StepResult): boolean {
    if (started === family) return false;
    return input.machineInput !== undefined || started.root.snapshot.status !== 'active';
  }

  #deliver(input: EventInput, started: StepResult, event: MachineEvent): Stepped {
    const member = memberAt(started.family.root, input.path);
    if (member === undefined || member.snapshot.status !== 'active') return this.#absent(input);
    // The child that asked has ended, and another one stands in its place.
    if (member.asker !== input.asker && input.asked !== undefined) return this.#absent(input);
    if (handles(member, event.type)) return this.#after(started, input.path, event);
    if (input.answer === true) return undefined;
    const state = JSON.stringify(member.snapshot.value);
    throw new Broken(
      'unknown-action',
      `no state of ${member.definition.name} in ${state} takes '${event.type}'`,
    );
  }

  /**
   * The step that asked for the write is undone. The error goes to the nearest machine that handles
   * the error, from the machine of the input up to the root.
   */
  #writeErrorStep(input: Input, family: Family | undefined, error: UnanimousError): Stepped {
    const begun =
      input.kind === 'event' ? this.#begun(input, family) : family && { family, effects: [] };
    return whenKnown(begun, (started) => {
      // A start that writes is undone with its write: no actor is left to take the error.
      if (started === undefined || started.effects.some(({ kind }) => kind === 'write'))
        throw error;
      return whenKnown(
        input.kind === 'event' ? this.#completed(input) : { type: input.kind },
        (cause) => this.#deliverWriteError(input, started, cause, error),
      );
    });
  }

  #deliverWriteError(
    input: Input,
    started: StepResult,
    cause: MachineEvent,
    error: UnanimousError,
  ): Stepped {
    const event = { type: 'error.write', error: errorBody(error), cause };
    const from = input.kind === 'event' ? input.path : tokenPath(input.token);
    const path = nearestTaker(started.family, from, event);
    if (path === undefined) throw error;
    return this.#after(started, path, event);
  }

  /** The step of an event, with the effects of the start before it. */
  #after(started: StepResult, path: readonly string[], event: MachineEvent): Stepped {
    const stepped = this.#following(stepFamily(started.family, path, event, this.stamp()));
    if (started.effects.length === 0) return stepped;
    return whenKnown(
      stepped,
      (next) => next && { family: next.family, effects: [...started.effects, ...next.effects] },
    );
  }

  /**
   * Whether the life that has ended in this turn left questions. The commit of the end deletes the
   * questions, so that the next life does not get the answers.
   */
  #mayWaitForAnswers(): boolean {
    return this.#draft.asks || this.#actor.family?.root.snapshot.status === 'active';
  }

  /** The actor was never started, or has ended. */
  #absent(input: EventInput): undefined {
    if (input.ignoreIfAbsent) return undefined;
    const { key, machine } = this.#actor.address;
    throw new Refused(
      'not-found',
      `there is no ${machine} '${key}' that could take '${input.event.type}'`,
    );
  }

  /** The event with the result of its route's read. */
  #completed({ event, read }: EventInput): Eventually<MachineEvent> {
    if (read === undefined) return event;
    return whenKnown(this.read(read), (found) => ({ ...event, $: { ...event.$, read: found } }));
  }
}
