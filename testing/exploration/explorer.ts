/**
 * All that can become of a machine: every situation it can get into over events of an alphabet, timers that fire, activities that end
 * one way or the other, answers, findings of reads and children that end.
 *
 * 1. Breadth first, so that a trace is a shortest one. What is explored is our step, so it holds for the runtime.
 * 2. The search is bounded by `situationsMax`; a report that is not `complete` says nothing about what it has not seen.
 * 3. A step that refuses (`Refused`) leaves the actor as it was and is no failure; anything else a machine throws is one.
 */
import { Broken, Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Family, Member } from '../../runtime/step/family.ts';
import { observeMicrosteps } from '../../runtime/step/inert-scope.ts';
import { defineMachine, type MachineDefinition } from '../../runtime/step/machine-definition.ts';
import { startFamily, stepFamily } from '../../runtime/step/machine-step.ts';
import type { Stamp, StepEffect, StepResult } from '../../runtime/step/step-effect.ts';
import { type Alphabet, IncompleteAlphabet } from './alphabet.ts';
import {
  exploredKey,
  familyIn,
  type Incident,
  incidentsIn,
  refusedWrite,
  type Situation,
  situationAfter,
  type View,
} from './explored-situation.ts';
import { type MachineMap, machineMap } from './machine-map.ts';

/** Where an exploration begins, what may happen, and how far it goes. */
export interface ExploreOptions {
  readonly alphabet: Alphabet;
  /** What the actor is started with, beside its key and service. */
  readonly input?: JsonObject;
  /** What of a context tells situations apart. Default: all of it; leave out counters and times, which make the search endless. */
  readonly view?: View;
  /** Milliseconds since the epoch at the start. Default 1_000_000. */
  readonly atMs?: number;
  /** Default 20_000. */
  readonly situationsMax?: number;
}

/** A place in the search, and what happened on the way there. */
export interface Finding {
  /** The root machine's state value. */
  readonly state: Json;
  readonly trace: readonly string[];
}

/** What an exploration has found. */
export interface Exploration {
  /** How many situations there are. */
  readonly situations: number;
  readonly steps: number;
  /** False: there are more than `situationsMax`. */
  readonly complete: boolean;
  /** Ids of states, of the machine and its children, that no situation has. */
  readonly unreachable: readonly string[];
  /** Transitions never taken: `<state> on <event>: <target>`. */
  readonly neverTaken: readonly string[];
  /** Situations in which nothing can happen any more although the actor has not ended. */
  readonly deadEnds: readonly Finding[];
  /** Messages of the alphabet that no state takes, by the root's state value (as JSON). */
  readonly unhandled: Readonly<Record<string, readonly string[]>>;
  /** What the machine or a child of it threw, and actors that ended in the status `error`. */
  readonly failures: readonly (Finding & { readonly error: string })[];
}

interface Visit {
  readonly situation: Situation;
  readonly incident: string;
  readonly from: Visit | undefined;
}

const readsMax = 32;

/** Explores a machine. Throws `Broken` where the alphabet does not say what a read finds or a question is answered. */
export function explore(
  machine: Parameters<typeof defineMachine>[0] | MachineDefinition,
  options: ExploreOptions,
): Exploration {
  const definition = 'activities' in machine ? machine : defineMachine(machine);
  const search = new Search(definition, options);
  const stop = observeMicrosteps((transitions, snapshot) =>
    search.see(transitions, snapshot._nodes),
  );
  try {
    search.run();
    return search.report();
  } finally {
    stop();
  }
}

class Search {
  readonly #definition: MachineDefinition;
  readonly #options: Required<ExploreOptions>;
  readonly #map: MachineMap;
  readonly #known = new Set<string>();
  readonly #open: Visit[] = [];
  readonly #reached = new Set<string>();
  readonly #taken = new Set<string>();
  readonly #deadEnds: Finding[] = [];
  readonly #unhandled = new Map<string, Set<string>>();
  readonly #failures: (Finding & { error: string })[] = [];
  #steps = 0;
  #complete = true;

  constructor(definition: MachineDefinition, options: ExploreOptions) {
    this.#definition = definition;
    this.#options = {
      input: {},
      view: (context) => context,
      atMs: 1_000_000,
      situationsMax: 20_000,
      ...options,
    };
    this.#map = machineMap(definition);
  }

  /** A microstep of any machine of the family. */
  see(transitions: readonly object[], nodes: readonly { readonly id: string }[]): void {
    for (const { id } of nodes) this.#reached.add(id);
    for (const transition of transitions)
      this.#seeTransition(transition as { source?: { id: string; parent?: object } });
  }

  #seeTransition(transition: { readonly source?: { readonly id: string } }): void {
    const name = this.#map.nameOf(transition);
    if (name !== undefined) this.#taken.add(name);
    if (transition.source !== undefined) this.#reached.add(transition.source.id);
  }

  run(): void {
    const { input, atMs } = this.#options;
    const begin: Incident = {
      name: 'start',
      path: [],
      atMs,
      cause: { type: 'start' },
      step: (_family, stamp) =>
        startFamily(
          this.#definition,
          { key: exploredKey, service: 'explored', ...input },
          stamp,
          exploredKey,
        ),
    };
    this.#follow(undefined, undefined, begin);
    for (let visit = this.#open.shift(); visit !== undefined; visit = this.#open.shift())
      this.#visit(visit);
  }

  #visit(visit: Visit): void {
    const { alphabet } = this.#options;
    const family = familyIn(this.#definition, visit.situation);
    this.#seeMember(family.root);
    const { can, left } = incidentsIn(family, visit.situation, alphabet);
    this.#note(family, left);
    const moves = can.filter((incident) => this.#follow(visit, family, incident)).length;
    const { status, value, error } = family.root.snapshot;
    if (status === 'error')
      this.#failures.push({
        ...findingOf(visit, value),
        error: `the actor has failed: ${JSON.stringify(error)}`,
      });
    if (status === 'active' && moves === 0) this.#deadEnds.push(findingOf(visit, value));
  }

  #seeMember({ snapshot, children }: Member): void {
    for (const { id } of snapshot._nodes) this.#reached.add(id);
    for (const child of children.values()) this.#seeMember(child);
  }

  #note({ root }: Family, left: readonly string[]): void {
    if (left.length === 0) return;
    const state = JSON.stringify(root.snapshot.value);
    const types = this.#unhandled.get(state) ?? new Set();
    for (const type of left) types.add(type);
    this.#unhandled.set(state, types);
  }

  /** Whether it led anywhere: a step that was refused or threw leaves the actor where it was. */
  #follow(from: Visit | undefined, family: Family | undefined, incident: Incident): boolean {
    const stamp = { atMs: incident.atMs, newId: 'explored' };
    this.#steps += 1;
    try {
      const result = incident.step(family as Family, stamp);
      if (result === undefined) throw new Broken('broken', `${incident.name} came back stale`);
      const wrote = this.#branch(from, incident, result, [], stamp, 0);
      if (family !== undefined && wrote) this.#refuseWrites(from, family, incident);
      return true;
    } catch (error) {
      if (error instanceof IncompleteAlphabet) throw error;
      if (!(error instanceof Refused)) this.#fail(from, family, incident, error);
      return false;
    }
  }

  #fail(
    from: Visit | undefined,
    family: Family | undefined,
    { name }: Incident,
    error: unknown,
  ): void {
    const { state, trace } =
      from === undefined
        ? { state: null, trace: [] }
        : findingOf(from, family?.root.snapshot.value);
    this.#failures.push({ state, trace: [...trace, name], error: String(error) });
  }

  /** What a machine writes when it hears of a refusal is not refused again: there would be no end to it. */
  #refuseWrites(from: Visit | undefined, family: Family, incident: Incident): void {
    if (incident.cause['type'] === 'error.write') return;
    for (const error of this.#options.alphabet.writeErrors ?? []) {
      const refused = refusedWrite(family, incident, error);
      if (refused !== undefined) this.#follow(from, family, refused);
    }
  }

  /** The step goes on with each finding of the first read it asked for; without one it has come to its end. Whether one of them writes. */
  #branch(
    from: Visit | undefined,
    incident: Incident,
    { family, effects }: StepResult,
    before: readonly StepEffect[],
    stamp: Stamp,
    reads: number,
  ): boolean {
    const all = [...before, ...effects];
    const read = all.find((effect) => effect.kind === 'read');
    if (read === undefined) {
      this.#arrive(from, incident, family, all);
      return all.some(({ kind }) => kind === 'write');
    }
    if (reads === readsMax) throw new Broken('broken', `more than ${readsMax} reads in one step`);
    const rest = all.filter((effect) => effect !== read);
    const wrote = this.#findings(read.request).map((found) => {
      const next = stepFamily(
        family,
        read.path,
        { type: read.request.event, $: { read: found } },
        stamp,
      );
      return this.#branch(from, incident, next, rest, stamp, reads + 1);
    });
    return wrote.includes(true);
  }

  #findings({
    store,
    op,
    args,
  }: {
    readonly store: string;
    readonly op: string;
    readonly args: Json;
  }): readonly Json[] {
    const found = this.#options.alphabet.reads?.[`${store}.${op}`];
    if (found === undefined)
      throw new IncompleteAlphabet(`the alphabet does not say what '${store}.${op}' finds`);
    return found.map((finding) => (typeof finding === 'function' ? finding(args) : finding));
  }

  #arrive(
    from: Visit | undefined,
    { name, atMs }: Incident,
    family: Family,
    effects: readonly StepEffect[],
  ): void {
    for (const effect of effects)
      if (effect.kind === 'failure') this.#failures.push(childFailure(from, family, name, effect));
    const situation = situationAfter(family, effects, from?.situation, atMs, this.#options.view);
    if (this.#known.has(situation.key)) return;
    if (this.#known.size >= this.#options.situationsMax) {
      this.#complete = false;
      return;
    }
    this.#known.add(situation.key);
    this.#open.push({ situation, incident: name, from });
  }

  report(): Exploration {
    const { states, transitions } = this.#map;
    return {
      situations: this.#known.size,
      steps: this.#steps,
      complete: this.#complete,
      unreachable: [...states].filter((id) => !this.#reached.has(id)),
      neverTaken: [...transitions].filter((name) => !this.#taken.has(name)),
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
