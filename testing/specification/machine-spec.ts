/**
 * Given, when, then for one machine, without a runtime: no clock, no broker, no database, and
 * nothing to wait for.
 *
 * Invariants:
 * - A specification is a value: every step makes a new one, so one beginning may have several ends.
 * - A test also shows what survives a crash: between two steps the actor is stored as JSON and
 *   restored.
 * - `then` looks at the last step only, and only at the kinds of effect it names. Each kind that
 *   the expectation names must fit entirely.
 * - A message that is not taken fails the test at the next word, unless that is `thenRefused` or
 *   `thenDeadLetter`.
 * - Time passes only by `waits`, which fires the due timers, in their order.
 */
import type { ErrorCode } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Ask, HistoryEntry } from '../../runtime/step/effects.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { type Expected, expectEffects, expectNoEffects, fail, only, same } from './expectation.ts';
import { expectDeadLetter, expectRefused, expectTaken } from './rejection.ts';
import { hasEnded, type SpecActor, settled, stateOf, storedJson } from './spec-actor.ts';
import type { SpecEvent } from './spec-messages.ts';
import { activityEnded, answered, delivered, returned, timePassed, told } from './spec-steps.ts';

/** Made by `given`. A failed expectation throws `AssertionError` of `node:assert`. */
export class MachineSpec {
  readonly #actor: SpecActor;

  constructor(actor: SpecActor) {
    this.#actor = actor;
  }

  /**
   * An event arrives: a `message(…)`, or any event the machine knows. An actor that has ended is
   * started again, as the runtime does.
   */
  when(event: SpecEvent): MachineSpec {
    return new MachineSpec(delivered(this.#taken(), event));
  }

  /**
   * The answer to a question arrives, wherever in the family the question was asked. An answer that
   * nobody waits for changes nothing.
   */
  answers(question: Partial<Ask>, body: Json): MachineSpec {
    return new MachineSpec(answered(this.#taken(), question, body));
  }

  /** A question comes back: it reaches nobody. */
  returns(question: Partial<Ask>): MachineSpec {
    return new MachineSpec(returned(this.#taken(), question));
  }

  /** A running activity ends well. */
  finishes(activity: string, output?: Json): MachineSpec {
    return new MachineSpec(activityEnded(this.#taken(), activity, { output }));
  }

  /** A running activity has failed for good. */
  fails(activity: string, error: Json): MachineSpec {
    return new MachineSpec(activityEnded(this.#taken(), activity, { error }));
  }

  /** Time passes (milliseconds, or text such as `'10 s'`). Timers that come due fire. */
  waits(duration: Duration): MachineSpec {
    const actor = this.#taken();
    return new MachineSpec(timePassed(actor, actor.nowMs + milliseconds(duration)));
  }

  /** An event arrives at a child of the machine. `path`: ids of children from the root down. */
  tells(path: readonly string[], event: SpecEvent): MachineSpec {
    return new MachineSpec(told(this.#taken(), path, event));
  }

  /** The last step has led to this. */
  // biome-ignore lint/suspicious/noThenProperty: the third word of given, when, then; awaiting a specification is harmless, see below
  then(expected: Expected): MachineSpec {
    // A promise that is resolved with a specification (the body of an asynchronous test) asks the
    // specification for its value.
    if (isResolver(expected)) return expected(undefined);
    const actor = this.#taken();
    expectState(actor, expected);
    expectEffects(actor, expected);
    return this;
  }

  /** The last step has changed nothing and asked for nothing. */
  thenNothing(): MachineSpec {
    const actor = this.#taken();
    expectNoEffects(actor);
    same(storedJson(actor), actor.before, 'stored state');
    return this;
  }

  /**
   * The machine has refused the last message, and nothing has changed. The sender, if it waits for
   * an answer, gets the refusal.
   */
  thenRefused(code: ErrorCode, pattern = /./): MachineSpec {
    expectRefused(this.#actor.rejected, code, pattern);
    return new MachineSpec(settled(this.#actor));
  }

  /**
   * The last message is a dead letter whose reason matches: no state takes it, its step failed, or
   * nobody waits for its refusal.
   */
  thenDeadLetter(pattern = /./): MachineSpec {
    expectDeadLetter(this.#actor.rejected, pattern);
    return new MachineSpec(settled(this.#actor));
  }

  /** The actor has ended: only its row in the journal is left, no timer and no activity. */
  thenEnded(): MachineSpec {
    const actor = this.#taken();
    if (!hasEnded(actor))
      fail(`expected the actor to have ended; it is in ${JSON.stringify(stateOf(actor).value)}`);
    const { timers, activities } = actor.rows;
    same({ timers, activities }, { timers: [], activities: [] }, 'left behind');
    return this;
  }

  /** The body of the answer that the last step gave, for checks that `then` cannot make. */
  answered(): Json {
    const [effect] = only(this.#taken().effects, 'reply');
    return effect?.reply.body ?? fail('the last step gave no answer');
  }

  /** The questions of the last step, for checks that `then` cannot make. */
  asked(): readonly Ask[] {
    return only(this.#taken().effects, 'ask').map(({ question }) => question);
  }

  /** The lines of history of the last step, for checks that `then` cannot make. */
  records(): readonly HistoryEntry[] {
    return only(this.#taken().effects, 'record').map(({ entry }) => entry);
  }

  /** The context, for checks that `then` cannot make. */
  context(): JsonObject {
    return stateOf(this.#taken()).context;
  }

  /** The state as a journal stores it. `given(machine, { snapshot })` begins with it. */
  stored(): Json {
    return storedJson(this.#taken());
  }

  #taken(): SpecActor {
    expectTaken(this.#actor.rejected);
    return this.#actor;
  }
}

/** State and context, where the expectation names them. */
export function expectState(actor: SpecActor, { state, context = {} }: Expected): void {
  if (state !== undefined) same(stateOf(actor).value, state, 'state');
  for (const [key, value] of Object.entries(context))
    same(stateOf(actor).context[key], value, `context.${key}`);
}

/** Whether a promise asks for the value of a specification. */
export function isResolver(expected: unknown): expected is (value: undefined) => never {
  return typeof expected === 'function';
}
