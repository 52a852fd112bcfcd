/**
 * Explores a machine: finds every situation that the machine reaches by the events of an alphabet,
 * timers that fire, activities that end well or badly, answers, results of reads, and children that
 * end.
 *
 * Invariants:
 * - Breadth first: the trace to a situation is one of the shortest.
 * - Same step: every step is a turn of the runtime (`actor-turn.ts`), so a finding holds for the
 *   runtime.
 * - Bounded: the search ends at `situationsMax`. A report that is not `complete` says nothing about
 *   the situations that the search has not seen.
 * - Refusal is no failure: a step that throws `Refused` leaves the actor unchanged. Any other error
 *   of a step is a failure.
 */
import { Broken } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Family } from '../../runtime/step/family.ts';
import { defineMachine, type MachineDefinition } from '../../runtime/step/machine-definition.ts';
import type { StepEffect } from '../../runtime/step/step-effect.ts';
import { afterCommit, noRows } from '../turns/actor-rows.ts';
import type { SpecifiedActor } from '../turns/actor-turn.ts';
import type { Alphabet } from './alphabet.ts';
import { Coverage } from './coverage.ts';
import { keyOf, type Situation, type View } from './explored-situation.ts';
import { type Course, exploredActor, familyIn, startCourse, turnCourse } from './explored-turn.ts';
import { withEachFinding } from './finding-choices.ts';
import { answers, type Incident, messages, ownIncidents, refusedWrite } from './incidents.ts';

/** The beginning of an exploration, its events, and its bound. */
export interface ExploreOptions {
  readonly alphabet: Alphabet;
  /** The machine's input at the start, beside its key and service. */
  readonly input?: JsonObject;
  /**
   * The part of each context that tells situations apart. Default: the whole context. Leave out
   * counters and times, which make the search endless.
   */
  readonly view?: View;
  /** Milliseconds since the epoch at the start. Default 1_000_000. */
  readonly atMs?: number;
  /** Default 20_000. */
  readonly situationsMax?: number;
}

/** A situation of the search, and the way to it. */
export interface Finding {
  /** The root machine's state value. */
  readonly state: Json;
  readonly trace: readonly string[];
}

/** The report of an exploration. */
export interface Exploration {
  /** The number of different situations. */
  readonly situations: number;
  /** The number of inputs that were tried. */
  readonly steps: number;
  /** False: there are more situations than `situationsMax`. */
  readonly complete: boolean;
  /** Ids of states, of the machine and its children, that no situation has. */
  readonly unreachable: readonly string[];
  /** Transitions never taken: `<state> on <event>: <target>`. */
  readonly neverTaken: readonly string[];
  /** Situations in which nothing can happen any more although the actor has not ended. */
  readonly deadEnds: readonly Finding[];
  /** Messages of the alphabet that no state takes, by the root's state value (as JSON). */
  readonly unhandled: Readonly<Record<string, readonly string[]>>;
  /** Errors that the machine or a child threw, and actors that ended in the status `error`. */
  readonly failures: readonly (Finding & { readonly error: string })[];
}

interface Visit {
  readonly situation: Situation;
  readonly incident: string;
  readonly from: Visit | undefined;
}

/** A visit whose actor is restored. */
interface Opened extends Visit {
  readonly family: Family;
}

/**
 * Explores a machine. Throws `Broken` when the alphabet lacks the results of a read or the answers
 * to a question.
 */
export function explore(
  machine: Parameters<typeof defineMachine>[0] | MachineDefinition,
  options: ExploreOptions,
): Exploration {
  const definition = 'activities' in machine ? machine : defineMachine(machine);
  const search = new Search(definition, options);
  const stop = search.coverage.observe();
  try {
    search.run();
    return search.report();
  } finally {
    stop();
  }
}

class Search {
  readonly coverage: Coverage;
  readonly #actor: SpecifiedActor;
  readonly #options: Required<ExploreOptions>;
  readonly #known = new Set<string>();
  readonly #open: Visit[] = [];
  readonly #deadEnds: Finding[] = [];
  readonly #unhandled = new Map<string, Set<string>>();
  readonly #failures: (Finding & { error: string })[] = [];
  #steps = 0;
  #complete = true;

  constructor(definition: MachineDefinition, options: ExploreOptions) {
    this.coverage = new Coverage(definition);
    this.#actor = exploredActor(definition);
    this.#options = {
      input: {},
      view: (context) => context,
      atMs: 1_000_000,
      situationsMax: 20_000,
      ...options,
    };
  }

  run(): void {
    this.#start();
    for (let visit = this.#open.shift(); visit !== undefined; visit = this.#open.shift())
      this.#visit(visit);
  }

  #start(): void {
    const { input, atMs, alphabet } = this.#options;
    this.#steps += 1;
    withEachFinding(alphabet, (read) => {
      const course = startCourse(this.#actor, input, atMs, read);
      if (course.kind === 'stepped') this.#arrive(undefined, 'start', atMs, course);
      if (course.kind === 'failed') this.#fail(undefined, 'start', course.error);
    });
  }

  #visit(visit: Visit): void {
    const family = familyIn(this.#actor, visit.situation);
    if (family === undefined) return;
    this.coverage.seeMember(family.root);
    const { status, value, error } = family.root.snapshot;
    if (status === 'error')
      this.#failures.push({
        ...findingOf(visit, value),
        error: `the actor has failed: ${JSON.stringify(error)}`,
      });
    if (status === 'active' && !this.#tryAll({ ...visit, family }))
      this.#deadEnds.push(findingOf(visit, value));
  }

  /** Tries all incidents of a situation. Returns whether one of the incidents made a step. */
  #tryAll(visit: Opened): boolean {
    const { alphabet } = this.#options;
    const { address } = this.#actor;
    const { situation, family } = visit;
    const kinds = messages(alphabet, address, situation).map((message) => {
      const kind = this.#follow(visit, message);
      if (kind === 'not-taken') this.#note(family, message.name);
      return kind;
    });
    for (const answer of answers(situation, alphabet)) kinds.push(this.#follow(visit, answer));
    for (const incident of ownIncidents(family.root, address, situation, alphabet)) {
      const kind = this.#follow(visit, incident);
      const stale = `${incident.name} came back stale`;
      if (kind === 'not-taken') this.#fail(visit, incident.name, new Broken('broken', stale));
      kinds.push(kind);
    }
    return kinds.includes('stepped');
  }

  #note({ root }: Family, type: string): void {
    const state = JSON.stringify(root.snapshot.value);
    const types = this.#unhandled.get(state) ?? new Set();
    this.#unhandled.set(state, types.add(type));
  }

  /** Tries an incident with every combination of results of its reads. */
  #follow(visit: Opened, incident: Incident): Course['kind'] {
    const kinds = new Set<Course['kind']>();
    let writes = false;
    withEachFinding(this.#options.alphabet, (read) => {
      const course = turnCourse(this.#actor, visit.situation, visit.family, incident, read);
      kinds.add(course.kind);
      if (course.kind === 'failed') this.#fail(visit, incident.name, course.error);
      if (course.kind !== 'stepped') return;
      this.#arrive(visit, incident.name, incident.atMs, course);
      writes ||= course.effects.some(({ kind }) => kind === 'write');
    });
    if (!kinds.has('not-taken')) this.#steps += 1;
    if (writes) this.#refuseWrites(visit, incident);
    return kinds.has('stepped') ? 'stepped' : ([...kinds][0] ?? 'not-taken');
  }

  #fail(visit: Opened | undefined, name: string, error: unknown): void {
    const { state, trace } =
      visit === undefined
        ? { state: null, trace: [] }
        : findingOf(visit, visit.family.root.snapshot.value);
    this.#failures.push({ state, trace: [...trace, name], error: String(error) });
  }

  /**
   * Tries the incident again with each refusal of its writes. Writes of the step that hears of a
   * refusal are not refused again, because that search would have no end.
   */
  #refuseWrites(visit: Opened, incident: Incident): void {
    if (incident.writeError !== undefined) return;
    for (const error of this.#options.alphabet.writeErrors ?? [])
      this.#follow(visit, refusedWrite(incident, error));
  }

  #arrive(
    from: Visit | undefined,
    name: string,
    atMs: number,
    { family, effects, commit }: Extract<Course, { kind: 'stepped' }>,
  ): void {
    for (const effect of effects)
      if (effect.kind === 'failure') this.#failures.push(childFailure(from, family, name, effect));
    const known = keyOf(family.root, this.#options.view);
    if (this.#known.has(known)) return;
    if (this.#known.size >= this.#options.situationsMax) {
      this.#complete = false;
      return;
    }
    this.#known.add(known);
    const rows = afterCommit(from?.situation.rows ?? noRows, commit);
    this.#open.push({ situation: { rows, atMs }, incident: name, from });
  }

  report(): Exploration {
    return {
      situations: this.#known.size,
      steps: this.#steps,
      complete: this.#complete,
      unreachable: this.coverage.unreachable(),
      neverTaken: this.coverage.neverTaken(),
      deadEnds: this.#deadEnds,
      unhandled: Object.fromEntries(
        [...this.#unhandled].map(([state, types]) => [state, [...types].sort()]),
      ),
      failures: this.#failures,
    };
  }
}

function childFailure(
  from: Visit | undefined,
  { root }: Family,
  name: string,
  { machine, error }: Extract<StepEffect, { kind: 'failure' }>,
): Finding & { readonly error: string } {
  const { state, trace } =
    from === undefined ? { state: null, trace: [] } : findingOf(from, root.snapshot.value);
  return { state, trace: [...trace, name], error: `${machine}: ${String(error)}` };
}

function findingOf(visit: Visit, state: unknown): Finding {
  const trace: string[] = [];
  for (let at: Visit | undefined = visit; at !== undefined; at = at.from)
    trace.unshift(at.incident);
  return { state: (state ?? null) as Json, trace };
}
