/**
 * One turn: the inputs that wait for an actor, stepped one after the other, become one `TurnCommit`.
 * A pure function of the request and its ports; only reads are awaited.
 *
 * Invariants:
 * - Handled once: a message that the inbox has seen is not stepped again. Its sender gets the
 *   recorded answer again, or waits for the answer like the first sender. Another message under the
 *   id of an earlier one is refused.
 * - A failed step leaves the actor as it was. Its message (or timer, or outcome) becomes a dead
 *   letter or is refused; the other inputs of the turn go on.
 * - Nothing is visible before the commit, and a turn can be computed again from the same inputs.
 * - A turn may end before its last input (`input-steps.ts` says when). The inputs that are left are
 *   for the next turn.
 */
import type { EventInput, Input } from '../messages/input.ts';
import type { Sender } from '../messages/turn-messages.ts';
import { addressId } from '../ports/address.ts';
import { errorOf, errorText, Transient } from '../ports/errors.ts';
import type { Loaded } from '../ports/journal.ts';
import type { ActorRecord, TurnCommit } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { AfterCommit } from '../step/effects.ts';
import type { Family } from '../step/family.ts';
import { storeFamily } from '../step/family-record.ts';
import type { MachineDefinition } from '../step/machine-definition.ts';
import type { StepEffect, StepResult } from '../step/step-effect.ts';
import { type Eventually, whenKnown } from './eventually.ts';
import {
  EndOfTurn,
  type FollowingRead,
  InputSteps,
  type StepPorts,
  type SteppedActor,
} from './input-steps.ts';
import { UndecidedReadError } from './store-reads.ts';
import { TurnDraft, type TurnDraftPorts } from './turn-draft.ts';
import { TurnFailures } from './turn-failures.ts';
import { TurnSpans } from './turn-spans.ts';

export type TurnPorts = StepPorts & TurnDraftPorts;

export interface TurnRequest extends SteppedActor {
  readonly service: Sender['service'];
  readonly machine: MachineDefinition & { readonly ephemeral: boolean };
  readonly loaded: Pick<Loaded, 'version' | 'seen'>;
  readonly inputs: readonly Input[];
  /** Questions that are no longer open, by correlation id: their answers change nothing. */
  readonly closedAsks: ReadonlySet<string>;
}

/** What one input has led to. */
export type InputOutcome =
  /** Its machine made a step. */
  | { readonly kind: 'stepped'; readonly effects: readonly StepEffect[] }
  /** Nobody waits for it. */
  | { readonly kind: 'ignored' }
  /** The message was handled before; `answer` is its recorded answer. */
  | { readonly kind: 'repeated'; readonly answer: Json | undefined }
  /** Its step has failed. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface Turn {
  readonly commit: TurnCommit;
  readonly family: Family | undefined;
  /** Of the inputs that the commit contains, from the first; the others are left. */
  readonly outcomes: readonly InputOutcome[];
  /**
   * A message has failed and is not in the inbox of the commit. So the commit would not find out
   * that the message was handled before.
   */
  readonly unnoted: boolean;
  /** Functions that machines run once after the commit. */
  readonly afterCommit: readonly AfterCommit[];
  /** To be ended after the commit. Undefined without a tracer. */
  readonly spans: TurnSpans | undefined;
}

/**
 * Steps the inputs, at least the first. Throws and rejects only with `Transient` and
 * `UndecidedReadError`: then the turn is done again later.
 */
export function computeTurn(request: TurnRequest, ports: TurnPorts): Eventually<Turn> {
  return whenKnown(openTurn(request, ports), (open) => open.turn());
}

/** As `computeTurn`. The turn may take local messages before it is committed. */
export function openTurn(request: TurnRequest, ports: TurnPorts): Eventually<OpenTurn> {
  const open = new OpenTurn(request, ports);
  return whenKnown(takeAll(open, request.inputs, 0), () => open);
}

function takeAll(open: OpenTurn, inputs: readonly Input[], from: number): Eventually<void> {
  for (let index = from; index < inputs.length; index += 1) {
    const taken = open.take(inputs[index] as Input);
    if (taken instanceof Promise)
      return taken.then((goesOn) => (goesOn ? takeAll(open, inputs, index + 1) : undefined));
    if (!taken) return;
  }
}

const ignored: InputOutcome = { kind: 'ignored' };

/** Collects one turn. */
export class OpenTurn {
  readonly #request: TurnRequest;
  readonly #ports: TurnPorts;
  readonly #draft: TurnDraft;
  readonly #steps: InputSteps;
  readonly #outcomes: InputOutcome[] = [];
  readonly #spans: TurnSpans | undefined;
  readonly #failures: TurnFailures;
  #family: Family | undefined;

  constructor(request: TurnRequest, ports: TurnPorts) {
    this.#request = request;
    this.#ports = ports;
    this.#family = request.family;
    this.#draft = new TurnDraft(request, ports);
    this.#steps = new InputSteps(request, ports, this.#draft);
    this.#spans = ports.tracer && new TurnSpans(ports.tracer);
    this.#failures = new TurnFailures(addressId(request.address), ports.log, this.#draft);
  }

  /** False when the turn ends before this input. */
  take(input: Input): Eventually<boolean> {
    if (this.#spans !== undefined) this.#draft.messages.trace = this.#spans.begin(input);
    const known = input.kind === 'event' ? this.#known(input) : undefined;
    if (known !== undefined) return this.#took(known);
    try {
      const result = this.#steps.step(input, this.#family);
      if (!(result instanceof Promise)) return this.#stepped(input, result);
      return result.then(
        (stepped) => this.#stepped(input, stepped),
        (error: unknown) => this.#failed(input, error),
      );
    } catch (error) {
      return this.#failed(input, error);
    }
  }

  /** Whether all inputs of the request are in the turn. */
  get isComplete(): boolean {
    return this.#outcomes.length === this.#request.inputs.length;
  }

  /** Whether the actor lives on after the turn. */
  get isActive(): boolean {
    return this.#family?.root.snapshot.status === 'active';
  }

  get spans(): TurnSpans | undefined {
    return this.#spans;
  }

  get draft(): Pick<TurnDraft, 'messages' | 'writes' | 'writesTo' | 'forget'> {
    return this.#draft;
  }

  /** As `InputSteps.follow`. */
  follow(read: FollowingRead): void {
    this.#steps.follow(read);
  }

  /**
   * Takes a message that no transport has carried, if its step is good and `accepts` the step.
   * False: the turn is as before, and the message must be carried. Never throws or rejects.
   */
  takeLocal(input: EventInput, accepts: (step: StepResult) => boolean): Eventually<boolean> {
    if (this.#draft.hasSeen(input)) return false;
    const spans = this.#spans;
    if (spans === undefined) return this.#takeLocal(input, accepts);
    this.#draft.messages.trace = spans.begin(input);
    return whenKnown(this.#takeLocal(input, accepts), (taken) => {
      if (!taken) spans.drop();
      return taken;
    });
  }

  #takeLocal(input: EventInput, accepts: (step: StepResult) => boolean): Eventually<boolean> {
    try {
      const step = this.#steps.step(input, this.#family);
      if (!(step instanceof Promise)) return this.#takeStep(input, step, accepts);
      return step.then(
        (known) => this.#takeStep(input, known, accepts),
        () => false,
      );
    } catch {
      return false;
    }
  }

  #takeStep(
    input: EventInput,
    step: StepResult | undefined,
    accepts: (step: StepResult) => boolean,
  ): boolean {
    if (step !== undefined && !(isGood(step) && accepts(step))) return false;
    const { messages } = this.#draft;
    const { asked } = input;
    const isOwn = asked !== undefined && messages.isAsked(asked);
    this.#draft.repetition(input);
    try {
      if (step !== undefined) this.#accept(input, step);
    } catch {
      this.#draft.forget(input);
      return false;
    }
    if (asked !== undefined) this.#draft.answered(asked);
    if (isOwn && messages.endAsk(asked)) this.#draft.forget(input);
    return true;
  }

  turn(): Turn {
    this.#family = this.#draft.withWaiting(this.#family);
    return {
      commit: this.#draft.commit(this.#record()),
      family: this.#family,
      outcomes: this.#outcomes,
      unnoted: this.#failures.unnoted || this.#draft.unnoted,
      afterCommit: this.#draft.afterCommit,
      spans: this.#spans,
    };
  }

  /** The outcome of an event that needs no step. */
  #known(input: EventInput): InputOutcome | undefined {
    const { closedAsks } = this.#request;
    if (input.asked !== undefined && closedAsks.has(input.asked)) return this.#tooLate(input);
    if (this.#draft.isIdReused(input))
      return { kind: 'failed', error: this.#failures.refuseReusedId(input) };
    return this.#draft.repetition(input);
  }

  #tooLate(input: EventInput): InputOutcome {
    const actor = addressId(input.address);
    this.#ports.log('debug', 'nobody waits for an answer any more', { actor });
    return ignored;
  }

  #took(outcome: InputOutcome): true {
    if (outcome.kind === 'failed') this.#spans?.fail(errorText(outcome.error));
    this.#outcomes.push(outcome);
    return true;
  }

  #stepped(input: Input, result: StepResult | undefined): boolean {
    if (result === undefined) {
      const isLate = input.kind === 'event' && input.asked !== undefined;
      return this.#end(input, isLate ? this.#tooLate(input) : ignored);
    }
    try {
      this.#accept(input, result);
    } catch (error) {
      return this.#failed(input, error);
    }
    return this.#end(input, { kind: 'stepped', effects: result.effects });
  }

  #failed(input: Input, thrown: unknown): boolean {
    const error = errorOf(thrown);
    if (error instanceof Transient) throw error;
    if (error instanceof UndecidedReadError && this.#request.setback === undefined) throw error;
    if (error instanceof EndOfTurn) {
      if (input.kind === 'event') this.#draft.forget(input);
      this.#spans?.drop();
      return false;
    }
    this.#failures.fail(input, error);
    return this.#end(input, { kind: 'failed', error });
  }

  #end(input: Input, outcome: InputOutcome): true {
    switch (input.kind) {
      case 'event':
        if (input.asked !== undefined) this.#draft.answered(input.asked);
        break;
      case 'timer':
        this.#draft.endTimer(input.token);
        break;
      case 'activity':
        this.#draft.endActivity(input.token);
        break;
      default:
        input satisfies never;
    }
    return this.#took(outcome);
  }

  #record(): TurnCommit['record'] {
    if (this.#family === undefined) return this.#request.unread?.record ?? null;
    const { status } = this.#family.root.snapshot;
    return this.#request.machine.ephemeral && status !== 'active' ? null : recordOf(this.#family);
  }

  #accept(input: Input, { family, effects }: StepResult): void {
    this.#draft.take(effects, family);
    this.#family = family;
    this.#spans?.tell(effects);
    for (const effect of effects)
      if (effect.kind === 'failure')
        this.#failures.report(input, `the child ${effect.machine} has failed`, effect.error);
    const { status, error } = family.root.snapshot;
    if (status === 'error') this.#failures.report(input, 'an actor has failed', error);
    if (status !== 'active') this.#draft.endLife();
  }
}

/** Whether the step leaves nothing to report. */
function isGood({ family, effects }: StepResult): boolean {
  if (family.root.snapshot.status === 'error') return false;
  return effects.every(({ kind }) => kind !== 'failure' && kind !== 'dead-letter');
}

/** An actor as it is stored. */
export function recordOf(family: Family): ActorRecord {
  const { definition, snapshot } = family.root;
  return {
    machineVersion: definition.version,
    status: snapshot.status === 'stopped' ? 'done' : snapshot.status,
    family: storeFamily(family),
  };
}
