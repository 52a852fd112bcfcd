/**
 * Given, when, then for one machine, without a runtime: no clock, no broker, no database, and nothing to wait for.
 *
 * 1. A specification is a value: every step makes a new one, so one beginning may have several ends.
 * 2. What a test shows also survives a crash: between two steps the actor is stored as JSON and restored.
 * 3. `then` looks at the last step only, and only at the kinds of effect it names; each kind it names must fit entirely.
 * 4. A message that is not taken fails the test at the next word, unless that is `thenRefused` or `thenDeadLetter`.
 * 5. Time is counted here: `waits` fires the timers that come due, in their order.
 */

import type { ErrorCode } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Ask, HistoryEntry } from '../../runtime/step/effects.ts';
import { storeFamily } from '../../runtime/step/family-record.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { type Expected, expectEffects, expectNoEffects, fail, only, same } from './expectation.ts';
import { expectDeadLetter, expectRefused, expectTaken } from './rejection.ts';
import {
  answerTo,
  contextOf,
  deliver,
  deliverToChild,
  endActivity,
  hasEnded,
  passTime,
  quietly,
  type SpecActor,
} from './spec-actor.ts';
import type { SpecEvent } from './spec-messages.ts';

/** Made by `given`. A failed expectation throws `AssertionError` of `node:assert`. */
export class MachineSpec {
  readonly #actor: SpecActor;

  constructor(actor: SpecActor) {
    this.#actor = actor;
  }

  /** An event arrives: a `message(…)`, or any event the machine knows. An actor that has ended is started again, as the runtime does. */
  when(event: SpecEvent): MachineSpec {
    return new MachineSpec(deliver(this.#taken(), event));
  }

  /** The answer to a question asked before arrives, wherever in the family it was asked; one nobody waits for any more changes nothing. */
  answers(question: Partial<Ask>, body: Json): MachineSpec {
    return new MachineSpec(answerTo(this.#taken(), question, '', body));
  }

  /** A question asked before comes back: it reaches nobody. */
  returns(question: Partial<Ask>): MachineSpec {
    return new MachineSpec(answerTo(this.#taken(), question, '.unroutable', null));
  }

  /** A running activity ends well. */
  finishes(activity: string, output?: Json): MachineSpec {
    return new MachineSpec(endActivity(this.#taken(), activity, { output }));
  }

  /** A running activity has failed for good. */
  fails(activity: string, error: Json): MachineSpec {
    return new MachineSpec(endActivity(this.#taken(), activity, { error }));
  }

  /** Time passes (milliseconds, or text such as `'10 s'`); timers that come due fire. */
  waits(duration: Duration): MachineSpec {
    const actor = this.#taken();
    return new MachineSpec(passTime(actor, actor.nowMs + milliseconds(duration)));
  }

  /** An event arrives at a child of the machine, by the ids of children from the root down. */
  tells(path: readonly string[], event: SpecEvent): MachineSpec {
    return new MachineSpec(deliverToChild(this.#taken(), path, event));
  }

  /** What the last step has led to. */
  // biome-ignore lint/suspicious/noThenProperty: the third word of given, when, then; awaiting a specification is harmless, see below
  then(expected: Expected): MachineSpec {
    // A promise that is resolved with a specification (the body of an asynchronous test) asks it for its value.
    if (typeof expected === 'function')
      return (expected as (value: undefined) => MachineSpec)(undefined);
    const actor = this.#taken();
    if (expected.state !== undefined)
      same(actor.family.root.snapshot.value, expected.state, 'state');
    for (const [key, value] of Object.entries(expected.context ?? {}))
      same(contextOf(actor)[key], value, `context.${key}`);
    expectEffects(actor, expected);
    return this;
  }

  /** The last step has changed nothing and asked for nothing. */
  thenNothing(): MachineSpec {
    const actor = this.#taken();
    expectNoEffects(actor);
    same(storeFamily(actor.family), actor.before, 'stored state');
    return this;
  }

  /** The machine has refused the last message: nothing has changed, and its sender, if it waits for an answer, is told. */
  thenRefused(code: ErrorCode, pattern = /./): MachineSpec {
    expectRefused(this.#actor.rejected, code, pattern);
    return new MachineSpec(quietly(this.#actor));
  }

  /** The last message is a dead letter whose reason matches: no state takes it, its step failed, or nobody waits for its refusal. */
  thenDeadLetter(pattern = /./): MachineSpec {
    expectDeadLetter(this.#actor.rejected, pattern);
    return new MachineSpec(quietly(this.#actor));
  }

  /** The actor has ended: only its journal row is left, no timer and no activity. */
  thenEnded(): MachineSpec {
    const actor = this.#taken();
    if (!hasEnded(actor))
      fail(
        `expected the actor to have ended; it is in ${JSON.stringify(actor.family.root.snapshot.value)}`,
      );
    same(
      { timers: actor.timers, activities: actor.activities },
      { timers: [], activities: [] },
      'left behind',
    );
    return this;
  }

  /** Body of the answer the last step gave, for what `then` cannot say. */
  answered(): Json {
    const [effect] = only(this.#taken().effects, 'reply');
    return effect?.reply.body ?? fail('the last step gave no answer');
  }

  /** The questions of the last step, likewise. */
  asked(): readonly Ask[] {
    return only(this.#taken().effects, 'ask').map((effect) => effect.question);
  }

  /** The history lines of the last step, likewise. */
  records(): readonly HistoryEntry[] {
    return only(this.#taken().effects, 'record').map((effect) => effect.entry);
  }

  /** The context, likewise. */
  context(): JsonObject {
    return contextOf(this.#taken());
  }

  /** The state as a journal stores it; `given(machine, { snapshot })` begins with it. */
  stored(): Json {
    return storeFamily(this.#taken().family);
  }

  #taken(): SpecActor {
    expectTaken(this.#actor.rejected);
    return this.#actor;
  }
}
