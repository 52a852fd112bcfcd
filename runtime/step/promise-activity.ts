/**
 * A plain `fromPromise` as an activity: its function gets what XState gives it.
 *
 * - `input` and `signal` are the activity's.
 * - `self` has the id under which the machine invoked the promise. XState ignores what a promise
 *   sends to itself, and so does this `self`. `system` knows no actor, because `systemId` is refused.
 * - `emit` has no listener here: what a promise emits goes nowhere.
 * - A promise that talks to its parent ends at once with an error: only its result is journaled.
 */
import type { AnyActorRef } from 'xstate';
import { Broken } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import { type Activity, type ActivityContext, defaultRetryPolicy } from './activity.ts';
import { InertReference, inertSystem } from './inert-reference.ts';

type Settle = (state: object, event: object, scope: object) => { readonly status?: string };

/** What XState keeps of the function behind `fromPromise`, and how it takes the result. */
interface PromiseLogic {
  readonly config: (args: PromiseArguments) => PromiseLike<Json | undefined>;
  readonly transition: Settle;
}

interface PromiseArguments {
  readonly input: Json | undefined;
  readonly signal: AbortSignal;
  readonly self: PromiseSelf;
  readonly system: AnyActorRef['system'];
  readonly emit: (event: unknown) => void;
}

/** Undefined for any other logic. */
export function promiseActivity(logic: object): Activity | undefined {
  if (!isPromiseLogic(logic)) return undefined;
  const { config } = logic;
  const run = async (input: Json | undefined, context: ActivityContext) =>
    config({
      input,
      signal: context.signal,
      self: new PromiseSelf(context, input),
      system: inertSystem,
      emit: () => undefined,
    });
  return { run, retry: defaultRetryPolicy };
}

/** Told from callbacks and observables by how the logic takes a result. */
function isPromiseLogic(logic: object): logic is PromiseLogic {
  if (!('config' in logic) || typeof logic.config !== 'function' || !('transition' in logic))
    return false;
  const settle = logic.transition as Settle;
  try {
    const settled = settle({ status: 'active' }, { type: 'xstate.promise.resolve', data: 1 }, {});
    return settled.status === 'done';
  } catch {
    return false;
  }
}

class PromiseSelf extends InertReference {
  readonly #sessionId: string;
  readonly #input: Json | undefined;

  constructor({ id, idempotencyKey }: ActivityContext, input: Json | undefined) {
    super(id);
    this.#sessionId = idempotencyKey;
    this.#input = input;
  }

  override get sessionId(): string {
    return this.#sessionId;
  }

  override send(): void {
    // XState ignores what a promise sends to itself.
  }

  override getSnapshot(): object {
    return { status: 'active', input: this.#input, output: undefined, error: undefined };
  }

  get _parent(): never {
    throw new Broken(
      'machine-invalid',
      `the promise '${this.id}' talks to its parent; its result alone reaches the machine`,
    );
  }
}
