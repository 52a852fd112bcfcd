/**
 * Given, when, then for a whole service without a runtime: messages take its routes (schema, actor,
 * read), and its inbox remembers them by their identity. The rules of `machine-spec.ts` for
 * specifications hold here too.
 */
import { addressId } from '../../runtime/ports/address.ts';
import type { ErrorCode } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Ask } from '../../runtime/step/effects.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { type Expected, expectEffects, expectNoEffects, fail, same, shown } from './expectation.ts';
import { expectState, isResolver, MachineSpec } from './machine-spec.ts';
import { expectDeadLetter, expectRefused, expectTaken } from './rejection.ts';
import { type SpecActor, storedJson } from './spec-actor.ts';
import { asked, expectNo, expectOk, type Question, type WithOk } from './spec-consent.ts';
import {
  atTime,
  received,
  type SpecMessage,
  type SpecService,
  settledService,
  withActor,
} from './spec-service.ts';
import {
  activityEnded,
  answered,
  hasAsked,
  isRunning,
  returned,
  timePassed,
} from './spec-steps.ts';

/** Made by `given`. A failed expectation throws `AssertionError` of `node:assert`. */
export class ServiceSpec {
  readonly #world: SpecService;

  constructor(world: SpecService) {
    this.#world = world;
  }

  /**
   * A `message(…)` arrives. Its own `read` does not count: the route's read is answered from
   * `reads`.
   */
  when(event: SpecMessage): ServiceSpec {
    return new ServiceSpec(received(this.#taken(), event));
  }

  /**
   * A question of the protocol about these nodes arrives, or the request of a client (`delete`,
   * `plan`). Before a decision (`deleting`, `updating`) the service is asked, and must agree.
   */
  asked(question: Question, ids: readonly string[]): ServiceSpec {
    return new ServiceSpec(asked(this.#taken(), question, ids));
  }

  /** The answer to a question of one of the actors arrives. */
  answers(question: Partial<Ask>, body: Json): ServiceSpec {
    return this.#asker(question, (actor) => answered(actor, question, body));
  }

  /** A question of an actor comes back, because it reaches no service. */
  returns(question: Partial<Ask>): ServiceSpec {
    return this.#asker(question, (actor) => returned(actor, question));
  }

  /** An activity of one of the actors ends well. */
  finishes(activity: string, output?: Json): ServiceSpec {
    return this.#runner(activity, (actor) => activityEnded(actor, activity, { output }));
  }

  /** An activity of one of the actors has failed for good. */
  fails(activity: string, error: Json): ServiceSpec {
    return this.#runner(activity, (actor) => activityEnded(actor, activity, { error }));
  }

  /** Time passes (milliseconds, or text such as `'10 s'`). Timers of all actors that come due fire. */
  waits(duration: Duration): ServiceSpec {
    const world = this.#taken();
    const nowMs = world.nowMs + milliseconds(duration);
    return new ServiceSpec(atTime(world, nowMs, (actor) => timePassed(actor, nowMs)));
  }

  /**
   * The last step has led to this. `state` and `context` are of the one actor that got the message.
   */
  // biome-ignore lint/suspicious/noThenProperty: the third word of given, when, then; awaiting a specification is harmless, see below
  then(expected: Expected): ServiceSpec {
    // A promise that is resolved with a specification (the body of an asynchronous test) asks the
    // specification for its value.
    if (isResolver(expected)) return expected(undefined);
    const world = this.#taken();
    if (expected.state !== undefined || expected.context !== undefined)
      expectState(this.#touched(), expected);
    expectEffects(world, expected);
    return this;
  }

  /** The last step has answered a question or a request of `asked` with `ok`. */
  thenOk(expected: WithOk = {}): ServiceSpec {
    expectOk(this.#taken(), expected);
    return this;
  }

  /**
   * The last step has answered a question or a request of `asked` with `no`. `reason`: one of the
   * reasons, or a pattern that fits one of them.
   */
  thenNo(reason: string | RegExp): ServiceSpec {
    expectNo(this.#taken(), reason);
    return this;
  }

  /** The last step has asked for nothing: the message was ignored, or was handled before. */
  thenNothing(): ServiceSpec {
    const { touched, actors } = this.#taken();
    expectNoEffects(this.#world);
    for (const id of touched) {
      const actor = actors.get(id);
      if (actor !== undefined) same(storedJson(actor), actor.before, 'stored state');
    }
    return this;
  }

  /**
   * The route or the machine has refused the last message, and nothing has changed. The sender, if
   * it waits for an answer, gets the refusal.
   */
  thenRefused(code: ErrorCode, pattern = /./): ServiceSpec {
    expectRefused(this.#world.rejected, code, pattern);
    return new ServiceSpec(settledService(this.#world));
  }

  /**
   * The last message is a dead letter whose reason matches: no route or state takes it, its step
   * failed, or nobody waits for its refusal.
   */
  thenDeadLetter(pattern = /./): ServiceSpec {
    expectDeadLetter(this.#world.rejected, pattern);
    return new ServiceSpec(settledService(this.#world));
  }

  /** One actor, as it is now. */
  actor(machine: string, key: string): MachineSpec {
    const { actors, service } = this.#taken();
    const there = [...actors].filter(([, { family }]) => family !== undefined);
    const wanted = addressId({ service: service.name, machine, key });
    const [, actor] =
      there.find(([id]) => id === wanted) ??
      fail(
        `there is no actor ${machine} '${key}'; there are ${there.map(([id]) => id).join(', ') || 'none'}`,
      );
    return new MachineSpec(actor);
  }

  #asker(question: Partial<Ask>, step: (actor: SpecActor) => SpecActor): ServiceSpec {
    return this.#stepped(
      (actor) => hasAsked(actor, question),
      `has asked ${shown(question)}`,
      step,
    );
  }

  #runner(activity: string, step: (actor: SpecActor) => SpecActor): ServiceSpec {
    return this.#stepped((actor) => isRunning(actor, activity), `runs '${activity}'`, step);
  }

  /** A step of the latest actor that does `what`. */
  #stepped(
    isIt: (actor: SpecActor) => boolean,
    what: string,
    step: (actor: SpecActor) => SpecActor,
  ): ServiceSpec {
    const world = this.#taken();
    const [id, actor] =
      [...world.actors].findLast(([, candidate]) => isIt(candidate)) ?? fail(`no actor ${what}`);
    return new ServiceSpec(withActor(settledService(world), id, step(actor)));
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
