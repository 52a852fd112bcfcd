/**
 * A random machine run by our step, stored as JSON and restored before every step.
 *
 * Messages start the machine and reach the machine through a service: the first message is the input, and the others
 * are flat events.
 */
import { type AnyEventObject, fromPromise } from 'xstate';
import type { Json } from '../../runtime/ports/json.ts';
import { thrownAsJson } from '../../runtime/ports/thrown.ts';
import { publish } from '../../runtime/step/effects.ts';
import type { Family } from '../../runtime/step/family.ts';
import { restoreFamily, storeFamily } from '../../runtime/step/family-record.ts';
import {
  startFamily,
  stepActivity,
  stepFamily,
  stepTimer,
} from '../../runtime/step/machine-step.ts';
import type { Stamp, StepEffect, StepResult } from '../../runtime/step/step-effect.ts';
import type { Say } from './companion-machine.ts';
import { FlatService } from './flat-service.ts';
import { Alarms } from './machine-alarms.ts';
import { firesMax, type MachineRun, type Sight, shown, thrownBy, workAt } from './machine-sight.ts';
import { eventNames, type Happening, type StateSketch } from './machine-sketch.ts';
import { type Do, machineOf } from './random-machine.ts';

const say: Say = publish<{ count: number }, AnyEventObject, { readonly word: number | string }>(
  ({ context }, { word }) => {
    return { exchange: '', routingKey: '', action: shown(context, word) };
  },
) as Say;
const work = fromPromise<unknown, { name: string }>(() =>
  Promise.reject(new Error('nobody runs it')),
);

export class SteppedRun implements MachineRun {
  readonly spoilt = false;
  readonly #service: FlatService;
  readonly #alarms = new Alarms<string>(firesMax);
  readonly #work = new Map<string, { readonly name: string; readonly token: string }>();
  #said: string[] = [];
  #stored: Json | undefined;

  constructor(sketch: StateSketch) {
    const perform: Do = ({ context }, { word }) => this.#said.push(shown(context, word));
    this.#service = new FlatService(machineOf(sketch, say, work, perform), eventNames);
    const { machineInput, event } = this.#service.take('start', sketch.start ?? {});
    const input = { ...(machineInput as object), $: event['$'] };
    this.#take(() => startFamily(this.#service.machine, input, this.#stamp()));
  }

  happen(happening: Happening): Promise<void> {
    if ('event' in happening)
      this.#take((family) => {
        const { event } = this.#service.take(happening.event, happening.members ?? {});
        return stepFamily(family, [], event, this.#stamp());
      });
    else if ('passMs' in happening)
      this.#alarms.pass(happening.passMs, (token) =>
        this.#take((family) => stepTimer(family, token, this.#stamp())),
      );
    else this.#end(happening);
    return Promise.resolve();
  }

  #end({ work: index, fails, thrown }: Extract<Happening, { work: number }>): void {
    const ended = workAt([...this.#work.values()], index);
    if (ended === undefined) return;
    this.#work.delete(ended.token);
    const outcome = fails
      ? { error: thrownAsJson(thrownBy(ended.name, thrown)) }
      : { output: `${ended.name} is done` };
    this.#take((family) => stepActivity(family, ended.token, outcome, this.#stamp()));
  }

  see(): Sight {
    if (this.#stored === undefined) return { threw: true };
    const { value, context, status, output } = restoreFamily(this.#service.machine, this.#stored)
      .root.snapshot;
    const works = [...this.#work.values()].map(({ name }) => name).sort();
    return { value, context, status, output, said: this.#said.splice(0), works };
  }

  #stamp(): Stamp {
    return { atMs: this.#alarms.nowMs, newId: 'new' };
  }

  #take(step: (family: Family) => StepResult | undefined): void {
    try {
      const result = step(
        this.#stored === undefined
          ? (undefined as never)
          : restoreFamily(this.#service.machine, this.#stored),
      );
      if (result !== undefined) this.#keep(result);
    } catch {
      this.#stored = undefined;
    }
  }

  #keep({ family, effects }: StepResult): void {
    for (const effect of effects) this.#note(effect);
    this.#stored = JSON.parse(JSON.stringify(storeFamily(family))) as Json;
  }

  #note(effect: StepEffect): void {
    switch (effect.kind) {
      case 'publish':
        this.#said.push(effect.message.action);
        break;
      case 'after-commit':
        effect.run();
        break;
      case 'emit':
        this.#said.push(String(effect.event['type']));
        break;
      case 'log':
        this.#said.push(String(effect.value));
        break;
      case 'start-timer':
        this.#alarms.set(effect.token, effect.delayMs, effect.token);
        break;
      case 'cancel-timer':
        this.#alarms.clear(effect.token);
        break;
      case 'start-activity':
        this.#work.set(effect.token, {
          token: effect.token,
          name: (effect.input as { name: string }).name,
        });
        break;
      case 'stop-activity':
        this.#work.delete(effect.token);
    }
  }
}
