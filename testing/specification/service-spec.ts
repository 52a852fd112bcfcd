/**
 * Given, when, then for a whole service without a runtime: messages take its routes (schema, actor, read), meet its actors, and are
 * remembered by their identity as the inbox does. The rules of `machine-spec.ts` hold here too.
 */

import type { ErrorCode } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Ask } from '../../runtime/step/effects.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { type Expected, expectEffects, expectNoEffects, fail, same, shown } from './expectation.ts';
import { MachineSpec } from './machine-spec.ts';
import { expectDeadLetter, expectRefused, expectTaken } from './rejection.ts';
import {
  answerTo,
  contextOf,
  endActivity,
  hasAsked,
  isRunning,
  passTime,
  type SpecActor,
} from './spec-actor.ts';
import { calm, receive, type SpecMessage, type SpecService, withActor } from './spec-service.ts';

/** Made by `given`. A failed expectation throws `AssertionError` of `node:assert`. */
export class ServiceSpec {
  readonly #world: SpecService;

  constructor(world: SpecService) {
    this.#world = world;
  }

  /** A `message(…)` arrives. Its `read` is not looked at: the route's own read is answered from `reads`. */
  when(event: SpecMessage): ServiceSpec {
    return new ServiceSpec(receive(this.#taken(), event));
  }

  /** The answer to a question one of the actors has asked arrives. */
  answers(question: Partial<Ask>, body: Json): ServiceSpec {
    const isAsker = (actor: SpecActor) => hasAsked(actor, question);
    return this.#stepped(isAsker, `has asked ${shown(question)}`, (actor) =>
      answerTo(actor, question, '', body),
    );
  }

  /** A question one of the actors has asked comes back: it reaches nobody. */
  returns(question: Partial<Ask>): ServiceSpec {
    const isAsker = (actor: SpecActor) => hasAsked(actor, question);
    return this.#stepped(isAsker, `has asked ${shown(question)}`, (actor) =>
      answerTo(actor, question, '.unroutable', null),
    );
  }

  /** An activity of one of the actors ends well. */
  finishes(activity: string, output?: Json): ServiceSpec {
    const runsIt = (actor: SpecActor) => isRunning(actor, activity);
    return this.#stepped(runsIt, `runs '${activity}'`, (actor) =>
      endActivity(actor, activity, { output }),
    );
  }

  /** An activity of one of the actors has failed for good. */
  fails(activity: string, error: Json): ServiceSpec {
    const runsIt = (actor: SpecActor) => isRunning(actor, activity);
    return this.#stepped(runsIt, `runs '${activity}'`, (actor) =>
      endActivity(actor, activity, { error }),
    );
  }

  /** Time passes (milliseconds, or text such as `'10 s'`); timers of all actors that come due fire. */
  waits(duration: Duration): ServiceSpec {
    const world = this.#taken();
    const nowMs = world.nowMs + milliseconds(duration);
    const passed = [...world.actors].map(([id, actor]) => [id, passTime(actor, nowMs)] as const);
    const later = passed.reduce((next, [id, actor]) => withActor(next, id, actor), calm(world));
    const touched = passed
      .filter(([, { effects, stopped }]) => effects.length + stopped.length > 0)
      .map(([id]) => id);
    return new ServiceSpec({ ...later, nowMs, touched });
  }

  /** What the last step has led to; `state` and `context` are of the one actor it was for. */
  // biome-ignore lint/suspicious/noThenProperty: the third word of given, when, then; awaiting a specification is harmless, see below
  then(expected: Expected): ServiceSpec {
    // A promise that is resolved with a specification (the body of an asynchronous test) asks it for its value.
    if (typeof expected === 'function')
      return (expected as (value: undefined) => ServiceSpec)(undefined);
    const world = this.#taken();
    if (expected.state !== undefined)
      same(this.#touched().family.root.snapshot.value, expected.state, 'state');
    for (const [key, value] of Object.entries(expected.context ?? {}))
      same(contextOf(this.#touched())[key], value, `context.${key}`);
    expectEffects(world, expected);
    return this;
  }

  /** The last step has asked for nothing: the message was ignored, or known already. */
  thenNothing(): ServiceSpec {
    expectNoEffects(this.#taken());
    for (const id of this.#world.touched)
      new MachineSpec(this.#world.actors.get(id) as SpecActor).thenNothing();
    return this;
  }

  /** The last message was refused by its route or its machine: nothing has changed; its sender, if it waits for an answer, is told. */
  thenRefused(code: ErrorCode, pattern = /./): ServiceSpec {
    expectRefused(this.#world.rejected, code, pattern);
    return new ServiceSpec(calm(this.#world));
  }

  /** The last message is a dead letter whose reason matches: no route or state takes it, its step failed, or nobody waits for its refusal. */
  thenDeadLetter(pattern = /./): ServiceSpec {
    expectDeadLetter(this.#world.rejected, pattern);
    return new ServiceSpec(calm(this.#world));
  }

  /** One actor, as it is now. */
  actor(machine: string, key: string): MachineSpec {
    const { actors, service } = this.#taken();
    const actor = actors.get(`${service.name}/${machine}/${key}`);
    return new MachineSpec(
      actor ??
        fail(
          `there is no actor ${machine} '${key}'; there are ${[...actors.keys()].join(', ') || 'none'}`,
        ),
    );
  }

  #stepped(
    isIt: (actor: SpecActor) => boolean,
    what: string,
    step: (actor: SpecActor) => SpecActor,
  ): ServiceSpec {
    const world = this.#taken();
    const [id, actor] =
      [...world.actors].reverse().find(([, candidate]) => isIt(candidate)) ??
      fail(`no actor ${what}`);
    return new ServiceSpec(withActor(calm(world), id, step(actor)));
  }

  #touched(): SpecActor {
    const { touched, actors } = this.#world;
    const [id = '', ...others] = touched;
    if (others.length > 0)
      fail(`the last step was for ${touched.join(', ')}: look at one with actor(machine, key)`);
    return actors.get(id) ?? fail('the last step was for no actor');
  }

  #taken(): SpecService {
    expectTaken(this.#world.rejected);
    return this.#world;
  }
}
