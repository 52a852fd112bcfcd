/**
 * An ordinary machine as the root of a service, unchanged: flat messages, the first of them its input.
 *
 * - Restarted: every step begins from the stored rows of the actor, as after a crash.
 * - Activities run when a step has started them, each once.
 */

import { Broken, errorText } from '../../../../runtime/ports/errors.ts';
import type { ActivityOutcome } from '../../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { thrownAsJson } from '../../../../runtime/ports/thrown.ts';
import { defineService } from '../../../../runtime/service.ts';
import { findActivity } from '../../../../runtime/step/activity-lookup.ts';
import type { StepEffect } from '../../../../runtime/step/step-effect.ts';
import { only } from '../../../../testing/specification/expectation.ts';
import type { SpecActor } from '../../../../testing/specification/spec-actor.ts';
import { stepped } from '../../../../testing/specification/spec-actor.ts';
import { message } from '../../../../testing/specification/spec-messages.ts';
import {
  atTime,
  idleService,
  received,
  type SpecService,
  settledService,
  withActor,
} from '../../../../testing/specification/spec-service.ts';
import { timePassed } from '../../../../testing/specification/spec-steps.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { configOf } from '../shop.ts';
import {
  asJson,
  type Happening,
  type OrdinaryMachine,
  promisesSettled,
  type Sight,
} from './ordinary-machine.ts';

export async function hostedSights(ordinary: OrdinaryMachine): Promise<readonly Sight[]> {
  const run = new HostedRun(ordinary);
  const sights = [await run.see()];
  for (const happening of ordinary.happenings) {
    run.happen(happening);
    sights.push(await run.see());
  }
  return sights;
}

export interface HostedProblem {
  readonly refusedAt: 'definition' | 'step';
  readonly text: string;
}

/** The first refusal that the author of the machine hears. */
export async function hostedProblem(ordinary: OrdinaryMachine): Promise<HostedProblem | undefined> {
  try {
    const run = new HostedRun(ordinary);
    for (const happening of ordinary.happenings) {
      run.happen(happening);
      await run.see();
    }
    const [text] = run.refusals;
    return text === undefined ? undefined : { refusedAt: 'step', text };
  } catch (error) {
    if (!(error instanceof Broken) || error.code !== 'machine-invalid') throw error;
    return { refusedAt: 'definition', text: error.message };
  }
}

type StartedActivity = Extract<StepEffect, { kind: 'start-activity' }>;

function isRunning({ rows }: SpecActor, token: string): boolean {
  return rows.activities.some((row) => row.token === token);
}

class HostedRun {
  /** Reasons of the steps that were undone. */
  readonly refusals: string[] = [];
  readonly #said: string[] = [];
  /** Activities that a step has started and that have not run. */
  #started: readonly StartedActivity[] = [];
  readonly #id: string;
  readonly #name: string;
  #world: SpecService;

  constructor(ordinary: OrdinaryMachine) {
    const machine = ordinary.machine((text) => this.#said.push(text));
    const types = ordinary.happenings.flatMap((each) =>
      'type' in each ? [String(each.type)] : [],
    );
    const name = machine.config.id ?? 'machine';
    this.#id = `ordinary/${name}/one`;
    this.#name = name;
    const to = () => ({ key: 'one' });
    const routes = [...new Set(types)].map((type) => [type, { machine: name, to, starts: false }]);
    const begin = { machine: name, to, starts: 'input' } as const;
    const service = defineService({
      config: configOf('ordinary'),
      machines: { [name]: { machine, flat: true } },
      messages: { ...Object.fromEntries(routes), begin },
    });
    this.#world = this.#after(
      received(idleService(service, {}, 0), message('begin', (ordinary.input ?? {}) as Json)),
    );
  }

  happen(happening: Happening): void {
    const { nowMs } = this.#world;
    if ('type' in happening) {
      const { type, ...data } = happening;
      this.#world = this.#after(received(this.#world, message(String(type), data as Json)));
      return;
    }
    const until = nowMs + Number(happening.ms);
    this.#world = this.#after(atTime(this.#world, until, (actor) => timePassed(actor, until)));
  }

  async see(): Promise<Sight> {
    await this.#work();
    const { value, context, status, output } = this.#actor().family?.root.snapshot ?? {};
    return asJson({ value, context, status, output, said: this.#said.splice(0) }) as Sight;
  }

  #actor(): SpecActor {
    const actor = this.#world.actors.get(this.#id);
    if (actor === undefined)
      throw new Error(`the actor was not started: ${String(this.#world.rejected?.error)}`);
    return actor;
  }

  /** Keeps the activities of the step, and runs the functions it has left for after the commit. */
  #after(world: SpecService): SpecService {
    const started = only(world.effects, 'start-activity');
    this.#started = [...this.#started, ...started];
    for (const effect of only(world.effects, 'after-commit')) effect.run();
    if (world.rejected !== undefined) this.refusals.push(errorText(world.rejected.error));
    return settledService(world);
  }

  async #work(): Promise<void> {
    for (let started = this.#next(); started !== undefined; started = this.#next()) {
      const { token } = started;
      const outcome = await this.#outcome(started);
      const actor = this.#actor();
      if (outcome === undefined || !isRunning(actor, token)) continue;
      const { address } = actor;
      const input = { kind: 'activity', address, token, outcome, settle: () => undefined } as const;
      this.#world = this.#after(withActor(this.#world, this.#id, stepped(actor, input)));
    }
  }

  #next(): StartedActivity | undefined {
    const [next, ...others] = this.#started.filter(({ token }) => isRunning(this.#actor(), token));
    this.#started = others;
    return next;
  }

  /** Undefined for a promise that does not end. */
  async #outcome({
    id,
    activity: kind,
    input,
    ...started
  }: StartedActivity): Promise<ActivityOutcome | undefined> {
    const machine = this.#world.service.machines.get(this.#name);
    const row = {
      ...started,
      id,
      kind,
      address: this.#actor().address,
      attempt: 0,
      notBeforeMs: 0,
    };
    const activity = machine && findActivity(machine, row);
    if (activity === undefined) throw new Error(`there is no activity ${kind}`);
    const ended = activity.run(input, activityContext({ id })).then(
      (output) => ({ output }),
      (error: unknown) => ({ error: thrownAsJson(error) }),
    );
    return Promise.race([ended, promisesSettled().then(() => undefined)]);
  }
}
