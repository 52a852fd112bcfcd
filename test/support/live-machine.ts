/**
 * A random machine run live, by XState's `createActor`.
 *
 * 1. XState sometimes enters a state twice without leaving it, and a machine may start what it has
 *    started before: then it has two children or two timers of one id at once, of which the first
 *    cannot be stopped any more. Ours ends the first (on purpose); a live run says that it is
 *    `spoilt` from there on, and from where more timers are due than may fire.
 * 2. Two actors that send events to each other without end never return to the test. A run with too
 *    many events in one happening is `spoilt`; the step refuses such a machine with an error.
 * 3. A piece of work is a promise that ends when the test says so. XState lets the children of a
 *    machine that threw go on, orphaned; ours end (on purpose), and here they are not counted.
 */
import {
  type Actor,
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  fromPromise,
  type InspectionEvent,
} from 'xstate';
import type { Say } from './companion-machine.ts';
import { Alarms } from './machine-alarms.ts';
import {
  firesMax,
  isFailure,
  type MachineRun,
  type Sight,
  shown,
  thrownBy,
  workAt,
} from './machine-sight.ts';
import type { Happening, StateSketch } from './machine-sketch.ts';
import { machineOf } from './random-machine.ts';

/** Whether something was begun a second time under the same id, while the first was not ended. */
class Doubles {
  readonly #begun = new Set<string>();
  found = false;

  see(event: InspectionEvent): void {
    if (event.type === '@xstate.event') this.#seeEvent(event.actorRef.sessionId, event.event);
    if (event.type === '@xstate.action')
      this.#seeAction(event.actorRef.sessionId, event.action.type, event.action.params);
  }

  #seeEvent(actor: string, { type, actorId }: { type: string; actorId?: unknown }): void {
    this.#begun.delete(`timer ${actor} ${type}`);
    if (type.startsWith('xstate.done.actor.') || type.startsWith('xstate.error.actor.'))
      this.#begun.delete(`child ${actor} ${actorId}`);
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

/** Events of one happening before the run counts as endless. */
const eventsMax = 20_000;

class EndlessRun extends Error {}

type Ending = Extract<Happening, { work: number }>;

interface LiveWork {
  readonly name: string;
  readonly owner: AnyActorRef;
  readonly end: (happening: Ending) => void;
}

export class LiveRun implements MachineRun {
  readonly #said: string[] = [];
  readonly #alarms = new Alarms<() => void>(firesMax);
  readonly #doubles = new Doubles();
  readonly #work = new Set<LiveWork>();
  readonly #actor: Actor<AnyStateMachine>;
  #timers = 0;
  #events = 0;
  #isEndless = false;

  constructor(sketch: StateSketch) {
    const say: Say = ({ context }, { word }) => this.#said.push(shown(context, word));
    this.#actor = createActor(machineOf(sketch, say, this.#workLogic(), say), {
      input: sketch.start ?? {},
      clock: this.#clock(),
      inspect: (event: InspectionEvent) => this.#inspect(event),
      logger: (value: unknown) => this.#said.push(String(value)),
    });
    this.#actor.on('*', ({ type }) => this.#said.push(type));
    this.#actor.subscribe({ error: () => undefined });
    this.#actor.start();
  }

  #inspect(event: InspectionEvent): void {
    this.#doubles.see(event);
    this.#events += 1;
    if (this.#events <= eventsMax) return;
    this.#isEndless = true;
    throw new EndlessRun(`more than ${eventsMax} events`);
  }

  #clock() {
    return {
      setTimeout: (callback: () => void, delayMs: number) => {
        this.#timers += 1;
        this.#alarms.set(this.#timers, delayMs, callback);
        return this.#timers;
      },
      clearTimeout: (id: number) => this.#alarms.clear(id),
    };
  }

  #workLogic() {
    return fromPromise<unknown, { name: string }>(
      ({ input: { name }, self, signal }) =>
        new Promise((resolve, reject) => {
          const owner = (self as unknown as { _parent: AnyActorRef })._parent;
          const work: LiveWork = {
            name,
            owner,
            end: ({ fails, thrown }) =>
              fails ? reject(thrownBy(name, thrown)) : resolve(`${name} is done`),
          };
          this.#work.add(work);
          signal.addEventListener('abort', () => this.#work.delete(work));
        }),
    );
  }

  get spoilt(): boolean {
    return this.#isEndless || this.#doubles.found || this.#alarms.exhausted;
  }

  async happen(happening: Happening): Promise<void> {
    this.#events = 0;
    try {
      await this.#perform(happening);
    } catch (error) {
      if (!(error instanceof EndlessRun)) throw error;
    }
  }

  async #perform(happening: Happening): Promise<void> {
    if ('event' in happening) this.#actor.send({ ...happening.members, type: happening.event });
    else if ('passMs' in happening) this.#alarms.pass(happening.passMs, (fire) => fire());
    else await this.#end(happening);
  }

  async #end(happening: Ending): Promise<void> {
    const work = workAt(this.#running(), happening.work);
    if (work === undefined) return;
    this.#work.delete(work);
    work.end(happening);
    // What comes of a promise comes a few microtasks later.
    for (let tick = 0; tick < 5; tick += 1) await null;
  }

  #running(): readonly LiveWork[] {
    return [...this.#work].filter(({ owner }) => owner.getSnapshot().status === 'active');
  }

  see(): Sight {
    const { value, context, status, output, error } = this.#actor.getSnapshot();
    if (status === 'error' && !isFailure(error)) return { threw: true };
    const works = this.#running()
      .map(({ name }) => name)
      .sort();
    return { value, context, status, output, said: this.#said.splice(0), works };
  }
}
