/**
 * An actor of a specification, as a value: its rows, its family, and what the last step has led to.
 * Every function here makes a new value.
 *
 * Invariants:
 * - Each step is a turn of the runtime (`actor-turn.ts`), with one input.
 * - Before each step the actor is restored from its rows, as after a crash.
 * - A rejected input leaves the actor unchanged; `rejected` gives the reason.
 */
import type { Input } from '../../runtime/messages/input.ts';
import type { AskRow, TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';
import type { Ask } from '../../runtime/step/effects.ts';
import type { Family, Member } from '../../runtime/step/family.ts';
import { restoreFamily, storeFamily } from '../../runtime/step/family-record.ts';
import { jsonValue } from '../../runtime/step/json-value.ts';
import type { StepEffect } from '../../runtime/step/step-effect.ts';
import { recordOf } from '../../runtime/turn/turn.ts';
import { type ActorRows, afterCommit, noRows } from '../turns/actor-rows.ts';
import {
  type ActorTurn,
  type SpecifiedActor,
  type Surroundings,
  startOf,
  turnOf,
} from '../turns/actor-turn.ts';
import { fail } from './expectation.ts';

/** What a read answers: a value, or a function of the read's arguments. */
export type ReadAnswer = Json | ((args: Json) => Json);

/** Answers to reads, by `store.op`. */
export type ReadAnswers = Readonly<Record<string, ReadAnswer>>;

/** A question that the actor asked, and the row by which its answer is found. */
export interface AskedQuestion {
  readonly row: AskRow;
  readonly question: Ask;
}

export interface SpecActor extends SpecifiedActor {
  readonly reads: ReadAnswers;
  readonly nowMs: number;
  /** New ids that the steps have taken. */
  readonly ids: number;
  readonly rows: ActorRows;
  /** Undefined: the actor does not exist. */
  readonly family: Family | undefined;
  /** Every question asked so far; of those with the same correlation id the latest. */
  readonly asked: readonly AskedQuestion[];
  /** The stored family before the last step. */
  readonly before: Json;
  /** The effects of the last step. */
  readonly effects: readonly StepEffect[];
  /** Names of the activities that the last step has stopped. */
  readonly stopped: readonly string[];
  /** Why the last input was not taken. */
  readonly rejected: Rejection | undefined;
}

/** An input that was not taken. */
export interface Rejection {
  readonly error: unknown;
  /** The type of its event. */
  readonly type: string;
  /** Whether its sender waits for an answer. */
  readonly isAnswered: boolean;
}

/** An actor before its first message. */
export function absentActor(actor: SpecifiedActor, reads: ReadAnswers, nowMs: number): SpecActor {
  return {
    address: actor.address,
    service: actor.service,
    machine: actor.machine,
    reads,
    nowMs,
    ids: 0,
    rows: noRows,
    family: undefined,
    asked: [],
    before: null,
    effects: [],
    stopped: [],
    rejected: undefined,
  };
}

/** Starts an actor without a message. */
export function started(absent: SpecActor, input: JsonObject): SpecActor {
  const { key, service } = absent.address;
  const ids = counted(absent);
  const { commit, family, effects } = startOf(
    absent,
    { key, service, ...input },
    surroundings(absent, ids.next),
  );
  const rows = afterCommit(absent.rows, commit);
  const asked = askedAfter(absent, effects, commit);
  return { ...absent, ids: ids.taken(), rows, family, asked, effects };
}

/**
 * An actor in a stored state, with its running activities. A stored family does not tell when its
 * timers are due: all fire as soon as time passes, as after a long stop of the process.
 */
export function restored(absent: SpecActor, given: Json): SpecActor {
  const stored = jsonValue(given, 'the stored state');
  const family = restoreFamily(absent.machine, stored, absent.address.key);
  const members = membersOf(family.root);
  const timers = members.flatMap((member) =>
    member.timers.values().map(({ token }) => ({ token, dueAtMs: absent.nowMs })),
  );
  const activities = members.flatMap((member) => member.activities.values());
  const record = { ...recordOf(family), family: stored };
  const rows = { ...noRows, version: 1, record, timers, activities };
  return { ...absent, ids: 1, rows, family, before: stored };
}

function membersOf(member: Member): readonly Member[] {
  return [member, ...member.children.values().flatMap(membersOf)];
}

/** One input arrives and makes a turn. `closedAsks`: questions whose answers change nothing. */
export function stepped(
  actor: SpecActor,
  input: Input,
  closedAsks?: ReadonlySet<string>,
): SpecActor {
  const settledActor = settled(actor);
  const { record } = actor.rows;
  const family =
    record === null ? undefined : restoreFamily(actor.machine, record.family, actor.address.key);
  const ids = counted(actor);
  const turn = turnOf(
    actor,
    { rows: actor.rows, family, input, ...(closedAsks === undefined ? {} : { closedAsks }) },
    surroundings(actor, ids.next),
  );
  const rows = afterCommit(actor.rows, turn.commit);
  const effects = effectsOf(turn, input);
  return {
    ...settledActor,
    ids: ids.taken(),
    rows,
    family: turn.family,
    asked: askedAfter(actor, effects, turn.commit),
    effects,
    stopped: stoppedBy(actor, effects),
    rejected: rejectionOf(turn, input),
  };
}

/** The same actor; the last step is over. */
export function settled(actor: SpecActor): SpecActor {
  return { ...actor, before: storedJson(actor), effects: [], stopped: [], rejected: undefined };
}

/**
 * The family as a journal stores it, without the senders that wait for an answer: a repeated
 * message changes only these senders. Null for an absent actor.
 */
export function storedJson({ family }: SpecActor): Json {
  if (family === undefined) return null;
  const { waiting: _, ...others } = family;
  return storeFamily(others);
}

function effectsOf({ outcome }: ActorTurn, input: Input): readonly StepEffect[] {
  switch (outcome.kind) {
    case 'stepped':
      return outcome.effects;
    case 'repeated':
      return repeatedAnswer(outcome.answer, input);
    case 'ignored':
      if (input.kind !== 'event') return fail(`a ${input.kind} came back stale`);
      return [];
    case 'failed':
      return [];
    default:
      return outcome satisfies never;
  }
}

function repeatedAnswer(body: Json | undefined, input: Input): readonly StepEffect[] {
  if (body === undefined || input.kind !== 'event' || input.replyTo === undefined) return [];
  return [{ kind: 'reply', path: [], reply: { to: input.replyTo, body } }];
}

/** Rethrows a failed expectation: the test has failed, not the machine. */
function rejectionOf({ outcome }: ActorTurn, input: Input): Rejection | undefined {
  if (outcome.kind !== 'failed') return undefined;
  const { error } = outcome;
  if (error instanceof Error && error.name === 'AssertionError') throw error;
  return input.kind === 'event'
    ? { error, type: input.event.type, isAnswered: input.replyTo !== undefined }
    : { error, type: input.kind, isAnswered: false };
}

/** The commit has a row for each question among the effects, in their order. */
function askedAfter(
  { asked }: SpecActor,
  effects: readonly StepEffect[],
  { asks }: TurnCommit,
): readonly AskedQuestion[] {
  const questions = effects.flatMap((effect) => (effect.kind === 'ask' ? [effect.question] : []));
  const added = asks.flatMap((row, index) => {
    const question = questions[index];
    return question === undefined ? [] : [{ row, question }];
  });
  const again = new Set(added.map(({ row }) => row.correlationId));
  return [...asked.filter(({ row }) => !again.has(row.correlationId)), ...added];
}

/** Names of the activities that these effects stop, in order. */
function stoppedBy({ rows }: SpecActor, effects: readonly StepEffect[]): readonly string[] {
  const names = new Map(rows.activities.map(({ token, kind }) => [token, kind]));
  return effects.flatMap((effect) => {
    if (effect.kind === 'start-activity') names.set(effect.token, effect.activity);
    return effect.kind === 'stop-activity' ? (names.get(effect.token) ?? []) : [];
  });
}

export function hasEnded({ family }: SpecActor): boolean {
  return family !== undefined && family.root.snapshot.status !== 'active';
}

/** The state of the root machine and its context, as JSON. Fails for an absent actor. */
export function stateOf({ address, family }: SpecActor): {
  readonly value: Json;
  readonly context: JsonObject;
} {
  if (family === undefined) return fail(`there is no ${address.machine} '${address.key}'`);
  const { value, context } = family.root.snapshot;
  return { value: value as Json, context: context as JsonObject };
}

interface CountedIds {
  readonly next: () => string;
  readonly taken: () => number;
}

function counted({ ids }: SpecActor): CountedIds {
  let taken = ids;
  return {
    next: () => {
      taken += 1;
      return `new-${taken}`;
    },
    taken: () => taken,
  };
}

function surroundings({ nowMs, reads }: SpecActor, newId: () => string): Surroundings {
  return { nowMs, newId, read: (read) => readAnswer(reads, read) };
}

function readAnswer(reads: ReadAnswers, { store, op, args }: Read): Json {
  const given = reads[`${store}.${op}`];
  if (given === undefined)
    return fail(`'${store}.${op}' is read, and the specification does not say what that gives`);
  return typeof given === 'function' ? given(args) : given;
}
