/**
 * A situation an actor can be in, and what can happen to it there.
 *
 * 1. A situation is an actor as it is stored (so everything explored also survives a restart), with its timers and open questions.
 * 2. Two situations are the same when states, histories, kinds of timers, activities, children and what `view` shows of the contexts
 *    are. Tokens, time and the number of timers of one kind do not count.
 * 3. Timers fire in any order, as they may when a process was away. Time goes on to when the timer was due, never back.
 */
import type { AnyEventObject } from 'xstate';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { type Family, type Member, memberAt } from '../../runtime/step/family.ts';
import { restoreFamily, storeFamily } from '../../runtime/step/family-record.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';
import {
  handles,
  nearestTaker,
  stepActivity,
  stepFamily,
  stepTimer,
} from '../../runtime/step/machine-step.ts';
import type { Path } from '../../runtime/step/path.ts';
import type { Stamp, StepEffect, StepResult } from '../../runtime/step/step-effect.ts';
import { type Alphabet, IncompleteAlphabet, outcomesOf } from './alphabet.ts';

/** What of a context tells situations apart; `machine` is the id of the machine whose context it is. */
export type View = (context: JsonObject, machine: string) => Json;

interface OpenQuestion {
  readonly path: Path;
  readonly event: string;
  readonly about: Json;
}

export interface Situation {
  readonly stored: Json;
  readonly key: string;
  readonly atMs: number;
  readonly dueAtMs: ReadonlyMap<string, number>;
  readonly questions: readonly OpenQuestion[];
}

/** Something that can happen. */
export interface Incident {
  readonly name: string;
  readonly path: Path;
  readonly atMs: number;
  /** What a machine hears of it when its write is refused. */
  readonly cause: JsonObject;
  readonly step: (family: Family, stamp: Stamp) => StepResult | undefined;
}

function numberless(id: string): string {
  return id.replace(/#\d+$/, '#');
}

function keyOf({ definition, snapshot, timers, activities, children }: Member, view: View): Json {
  const { value, context, status, historyValue, _nodes } = snapshot;
  return [
    definition.name,
    value as Json,
    view(context as JsonObject, definition.name),
    status,
    Object.entries(historyValue as Record<string, { id: string }[]>).map(([id, nodes]) => [
      id,
      ...nodes.map((node) => node.id),
    ]),
    _nodes.map(({ id }) => id),
    [
      ...new Set(
        timers.entries().map(([id, { event, to = '' }]) => `${numberless(id)} ${event.type} ${to}`),
      ),
    ].sort(),
    activities.entries().map(([id, { kind }]) => [numberless(id), kind]),
    children.entries().map(([id, child]) => [numberless(id), keyOf(child, view)]),
  ];
}

/** Where a step leads to. */
export function situationAfter(
  family: Family,
  effects: readonly StepEffect[],
  before: Situation | undefined,
  atMs: number,
  view: View,
): Situation {
  const dueAtMs = new Map(before?.dueAtMs);
  const questions = new Map(
    (before?.questions ?? []).map((question) => [JSON.stringify(question), question]),
  );
  for (const effect of effects) {
    if (effect.kind === 'start-timer') dueAtMs.set(effect.token, atMs + effect.delayMs);
    if (effect.kind === 'cancel-timer') dueAtMs.delete(effect.token);
    if (effect.kind !== 'ask') continue;
    const question = {
      path: effect.path,
      event: effect.question.answer,
      about: effect.question.about ?? null,
    };
    questions.set(JSON.stringify(question), question);
  }
  const stored = JSON.parse(JSON.stringify(storeFamily(family))) as Json;
  return {
    stored,
    key: JSON.stringify(keyOf(family.root, view)),
    atMs,
    dueAtMs,
    questions: [...questions.values()],
  };
}

/** The key of every explored actor. */
export const exploredKey = 'explored';

export function familyIn(definition: MachineDefinition, { stored }: Situation): Family {
  return restoreFamily(definition, stored, exploredKey);
}

function deliver(name: string, path: Path, event: AnyEventObject, atMs: number): Incident {
  return {
    name,
    path,
    atMs,
    cause: event as JsonObject,
    step: (family, stamp) => stepFamily(family, path, event, stamp),
  };
}

/** The events of the alphabet; those no state takes are told apart. */
function messages(
  { root }: Family,
  { events = [] }: Alphabet,
  atMs: number,
): { taken: readonly Incident[]; left: readonly string[] } {
  const taken = events
    .filter(({ type }) => handles(root, type))
    .map((event) => deliver(event.type, [], event, atMs));
  return { taken, left: events.map(({ type }) => type).filter((type) => !handles(root, type)) };
}

function answers(
  { root }: Family,
  { questions, atMs }: Situation,
  alphabet: Alphabet,
): readonly Incident[] {
  const info = {
    identity: null,
    from: null,
    user: null,
    headers: {},
    exchange: 'explored',
    routingKey: 'explored',
    replyTo: null,
  };
  return questions.flatMap(({ path, event, about }) => {
    const bodies = alphabet.answers?.[event];
    if (bodies === undefined)
      throw new IncompleteAlphabet(`the alphabet does not say how '${event}' is answered`);
    const all = [
      ...bodies.map((answer) => ({ type: event, answer })),
      { type: `${event}.unroutable`, answer: null },
    ];
    const member = memberAt(root, path);
    return all
      .filter(
        ({ type }) =>
          member !== undefined && member.snapshot.status === 'active' && handles(member, type),
      )
      .map(({ type, answer }) =>
        deliver(
          `${type} ${JSON.stringify(answer)}`,
          path,
          { type, answer, about, $: { message: info } },
          atMs,
        ),
      );
  });
}

function ownIncidents(
  member: Member,
  path: Path,
  { atMs, dueAtMs }: Situation,
  alphabet: Alphabet,
): readonly Incident[] {
  const timers = member.timers.values().map(({ token, event }): Incident => {
    return {
      name: `timer ${event.type}`,
      path,
      atMs: Math.max(atMs, dueAtMs.get(token) ?? atMs),
      cause: { type: 'timer' },
      step: (family, stamp) => stepTimer(family, token, stamp),
    };
  });
  const activities = member.activities.values().flatMap(({ token, kind }) =>
    outcomesOf(alphabet, kind).map((outcome): Incident => {
      const name = `${kind} ${'error' in outcome ? 'fails' : 'done'} ${JSON.stringify(outcome)}`;
      return {
        name,
        path,
        atMs,
        cause: { type: 'activity' },
        step: (family, stamp) => stepActivity(family, token, outcome, stamp),
      };
    }),
  );
  const below = member.children
    .entries()
    .flatMap(([id, child]) =>
      ownIncidents(child, [...path, id], { atMs, dueAtMs } as Situation, alphabet),
    );
  return [...timers, ...activities, ...below];
}

/** Everything that can happen in a situation, and the types of the messages no state takes there. */
export function incidentsIn(
  family: Family,
  situation: Situation,
  alphabet: Alphabet,
): { readonly can: readonly Incident[]; readonly left: readonly string[] } {
  if (family.root.snapshot.status !== 'active') return { can: [], left: [] };
  const { taken, left } = messages(family, alphabet, situation.atMs);
  return {
    can: [
      ...taken,
      ...answers(family, situation, alphabet),
      ...ownIncidents(family.root, [], situation, alphabet),
    ],
    left,
  };
}

/** A write of the incident's step is refused: the nearest machine that wants to know is told in place of the step. */
export function refusedWrite(
  family: Family,
  { name, path, atMs, cause }: Incident,
  error: ErrorBody,
): Incident | undefined {
  const event = { type: 'error.write', error, cause };
  const taker = nearestTaker(family, path, event);
  return taker && deliver(`${name}, its write refused: ${error.code}`, taker, event, atMs);
}
