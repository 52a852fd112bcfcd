/**
 * One random machine run twice: live by XState's `createActor`, and by our step with a JSON round trip before every step.
 *
 * 1. Both have the same clock: timers due at the same moment fire in the order in which they were asked for.
 *    At most `firesMax` fire in one happening, so that machines that multiply their timers come to an end.
 * 2. A machine that throws ends its run: live it has failed, stepped it stays as it was and the error comes out (on purpose).
 * 3. XState sometimes enters a state twice without leaving it, and so has two children or two timers of one id at once, of which the
 *    first cannot be stopped any more. Ours ends the first (on purpose); a live run says that it is `spoilt` from there on.
 */
import { type Actor, type AnyEventObject, type AnyStateMachine, createActor, type InspectionEvent } from 'xstate';
import { publish } from '../../runtime/effects.ts';
import { restoreFamily, storeFamily } from '../../runtime/family-record.ts';
import type { Json } from '../../runtime/json.ts';
import { defineMachine, type MachineDefinition } from '../../runtime/machine-definition.ts';
import { type Family, type Stamp, type StepResult, startFamily, stepFamily, stepTimer } from '../../runtime/machine-step.ts';
import { type Happening, machineOf, type Say, type StateSketch } from './random-machine.ts';

/** What can be seen of a machine after something has happened to it. */
export type Sight =
  | { readonly threw: true }
  | {
      readonly value: unknown;
      readonly context: unknown;
      readonly status: string;
      readonly output: unknown;
      readonly said: readonly string[];
    };

interface Run {
  happen(happening: Happening): void;
  see(): Sight;
  readonly spoilt?: boolean;
}

const firesMax = 12;

interface Alarm<Content> {
  readonly atMs: number;
  readonly content: Content;
}

/** Alarms in the order in which they are due, then in the order in which they were set. */
class Alarms<Content> {
  readonly #alarms = new Map<unknown, Alarm<Content>>();
  nowMs = 0;

  set(key: unknown, delayMs: number, content: Content): void {
    this.#alarms.set(key, { atMs: this.nowMs + delayMs, content });
  }

  clear(key: unknown): void {
    this.#alarms.delete(key);
  }

  pass(ms: number, fire: (content: Content) => void): void {
    const untilMs = this.nowMs + ms;
    let fires = 0;
    for (let key = this.#next(untilMs); key !== undefined && fires < firesMax; key = this.#next(untilMs)) {
      fires += 1;
      const alarm = this.#alarms.get(key) as Alarm<Content>;
      this.#alarms.delete(key);
      this.nowMs = alarm.atMs;
      fire(alarm.content);
    }
    this.nowMs = untilMs;
  }

  #next(untilMs: number): unknown {
    let first: [unknown, Alarm<Content>] | undefined;
    for (const entry of this.#alarms) if (entry[1].atMs <= untilMs && (first === undefined || entry[1].atMs < first[1].atMs)) first = entry;
    return first?.[0];
  }
}

/** Whether something was begun a second time under the same id, while the first was not ended. */
class Doubles {
  readonly #begun = new Set<string>();
  found = false;

  see(event: InspectionEvent): void {
    if (event.type === '@xstate.event') this.#begun.delete(`timer ${event.actorRef.sessionId} ${event.event.type}`);
    if (event.type === '@xstate.action') this.#seeAction(event.actorRef.sessionId, event.action.type, event.action.params);
  }

  #seeAction(actor: string, type: string, params: unknown): void {
    const { id, sendId } = (params ?? {}) as { id?: string; sendId?: string };
    if (type === 'xstate.spawnChild') this.#begin(`child ${actor} ${id}`);
    if (type === 'xstate.stopChild') this.#begun.delete(`child ${actor} ${id}`);
    if (type === 'xstate.raise' && id !== undefined) this.#begin(`timer ${actor} ${id}`);
    if (type === 'xstate.cancel') this.#begun.delete(`timer ${actor} ${sendId}`);
  }

  #begin(id: string): void {
    if (this.#begun.has(id)) this.found = true;
    this.#begun.add(id);
  }
}

function shown({ count }: { count: number }, word: number | string): string {
  return `${word} at ${count}`;
}

/** By XState itself. */
export function liveRun(sketch: StateSketch): Run {
  const said: string[] = [];
  const alarms = new Alarms<() => void>();
  let timers = 0;
  const clock = {
    setTimeout(callback: () => void, delayMs: number) {
      timers += 1;
      alarms.set(timers, delayMs, callback);
      return timers;
    },
    clearTimeout: (id: number) => alarms.clear(id),
  };
  const say: Say = ({ context }, { word }) => said.push(shown(context, word));
  const doubles = new Doubles();
  const inspect = (event: InspectionEvent): void => doubles.see(event);
  const actor: Actor<AnyStateMachine> = createActor(machineOf(sketch, say), { clock, inspect });
  actor.subscribe({ error: () => undefined });
  actor.start();
  return {
    get spoilt() {
      return doubles.found;
    },
    happen: (happening) => ('event' in happening ? actor.send({ type: happening.event }) : alarms.pass(happening.passMs, (fire) => fire())),
    see: () => {
      const { value, context, status, output, error } = actor.getSnapshot();
      return status === 'error' && thrownByMachine(error) ? { threw: true } : { value, context, status, output, said: said.splice(0) };
    },
  };
}

function thrownByMachine(error: unknown): boolean {
  return error instanceof Error && !error.message.includes('the companion fails');
}

/** By our step, stored and restored before every step. */
export function steppedRun(sketch: StateSketch): Run {
  const say: Say = publish<{ count: number }, AnyEventObject, { readonly word: number | string }>(({ context }, { word }) => {
    return { exchange: '', routingKey: '', action: shown(context, word) };
  }) as Say;
  return new SteppedRun(defineMachine(machineOf(sketch, say)));
}

class SteppedRun implements Run {
  readonly #definition: MachineDefinition;
  readonly #alarms = new Alarms<string>();
  #said: string[] = [];
  #stored: Json | undefined;

  constructor(definition: MachineDefinition) {
    this.#definition = definition;
    this.#take(() => startFamily(definition, {}, this.#stamp()));
  }

  happen(happening: Happening): void {
    if ('event' in happening) this.#take((family) => stepFamily(family, [], { type: happening.event }, this.#stamp()));
    else this.#alarms.pass(happening.passMs, (token) => this.#take((family) => stepTimer(family, token, this.#stamp())));
  }

  see(): Sight {
    if (this.#stored === undefined) return { threw: true };
    const { value, context, status, output } = restoreFamily(this.#definition, this.#stored).root.snapshot;
    return { value, context, status, output, said: this.#said.splice(0) };
  }

  #stamp(): Stamp {
    return { at: this.#alarms.nowMs, fresh: 'fresh' };
  }

  #take(step: (family: Family) => StepResult | undefined): void {
    try {
      const result = step(this.#stored === undefined ? (undefined as never) : restoreFamily(this.#definition, this.#stored));
      if (result !== undefined) this.#keep(result);
    } catch {
      this.#stored = undefined;
    }
  }

  #keep({ family, effects }: StepResult): void {
    for (const effect of effects) {
      if (effect.kind === 'publish') this.#said.push(effect.message.action);
      if (effect.kind === 'start-timer') this.#alarms.set(effect.token, effect.delayMs, effect.token);
      if (effect.kind === 'cancel-timer') this.#alarms.clear(effect.token);
    }
    this.#stored = JSON.parse(JSON.stringify(storeFamily(family))) as Json;
  }
}
