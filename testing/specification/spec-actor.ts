/**
 * One actor of a specification, as a value: the machine's state and what waits for it. Every function here makes a new one.
 *
 * 1. Before each step the actor is stored as JSON and restored, as after a crash.
 * 2. The reads a step asks for are answered from the specification, within the step, as the turn does.
 * 3. A message that is not taken leaves the actor as it was; why stands in `rejected`.
 */
import { isDeepStrictEqual } from 'node:util';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Ask } from '../../runtime/step/effects.ts';
import { type Family, type Member, memberAt } from '../../runtime/step/family.ts';
import { restoreFamily, storeFamily } from '../../runtime/step/family-record.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';
import {
  type ActivityOutcome,
  handles,
  startFamily,
  stepActivity,
  stepFamily,
  stepTimer,
} from '../../runtime/step/machine-step.ts';
import type { Path } from '../../runtime/step/path.ts';
import type { Stamp, StepEffect, StepResult } from '../../runtime/step/step-effect.ts';
import { asJson, fail, partLike, shown } from './expectation.ts';
import { answer, type SpecEvent } from './spec-messages.ts';

/** What a read answers: a value, or a function of the read's arguments. */
export type ReadAnswer = Json | ((args: Json) => Json);

export interface ActorSetting {
  readonly key: string;
  readonly service: string;
  /** What the machine is started with, beside its key and service. */
  readonly input: JsonObject;
  /** By `store.op`. */
  readonly reads: Readonly<Record<string, ReadAnswer>>;
}

interface WaitingTimer {
  readonly token: string;
  readonly dueAtMs: number;
}

interface OpenAsk {
  readonly path: Path;
  readonly question: Ask;
}

export interface SpecActor {
  readonly definition: MachineDefinition;
  readonly setting: ActorSetting;
  readonly family: Family;
  readonly nowMs: number;
  readonly ids: number;
  readonly timers: readonly WaitingTimer[];
  readonly activities: readonly { readonly token: string; readonly activity: string }[];
  /** Every question asked so far, under its message id the latest. */
  readonly asks: readonly OpenAsk[];
  /** What stood before the last step. */
  readonly before: Json;
  /** Of the last step. */
  readonly effects: readonly StepEffect[];
  /** Names of the activities the last step stopped. */
  readonly stopped: readonly string[];
  /** Why the last message was not taken, and what it was. */
  readonly rejected: Rejection | undefined;
}

export interface Rejection {
  readonly error: unknown;
  readonly event: SpecEvent;
}

/** A machine that has just started. */
export function startActor(
  definition: MachineDefinition,
  setting: ActorSetting,
  nowMs: number,
): SpecActor {
  const input = { key: setting.key, service: setting.service, ...setting.input };
  const started = startFamily(definition, input, stampOf(nowMs, 0));
  return settle(
    { ...waitingForNothing(definition, setting, nowMs), family: started.family, before: null },
    started,
  );
}

/**
 * A machine in a stored state, with the activities that run in it. When its timers are due is not stored with it: they fire as soon as
 * any time passes, as after a long time down.
 */
export function restoreActor(
  definition: MachineDefinition,
  setting: ActorSetting,
  nowMs: number,
  stored: Json,
): SpecActor {
  const family = restoreFamily(definition, stored);
  const members = membersOf(family.root);
  const timers = members.flatMap((member) =>
    Object.values(member.timers).map(({ token }) => ({ token, dueAtMs: nowMs })),
  );
  const activities = members.flatMap((member) =>
    Object.values(member.activities).map(({ token, kind }) => ({ token, activity: kind })),
  );
  return {
    ...waitingForNothing(definition, setting, nowMs),
    family,
    before: stored,
    timers,
    activities,
  };
}

function membersOf(member: Member): readonly Member[] {
  return [member, ...Object.values(member.children).flatMap(membersOf)];
}

function waitingForNothing(
  definition: MachineDefinition,
  setting: ActorSetting,
  nowMs: number,
): Omit<SpecActor, 'family' | 'before'> {
  return {
    definition,
    setting,
    nowMs,
    ids: 1,
    timers: [],
    activities: [],
    asks: [],
    effects: [],
    stopped: [],
    rejected: undefined,
  };
}

/** An event arrives. An actor that has ended is started again, as the runtime does. */
export function deliver(actor: SpecActor, event: SpecEvent): SpecActor {
  const again = hasEnded(actor)
    ? startActor(actor.definition, actor.setting, actor.nowMs)
    : quietly(actor);
  return deliverFirst(again, event, actor);
}

/** The first event of an actor that has just started; when it is not taken, what is left is `otherwise`. */
export function deliverFirst(
  started: SpecActor,
  event: SpecEvent,
  otherwise: SpecActor,
): SpecActor {
  try {
    return afterStart(
      started,
      step(started, (family, stamp) => stepRoot(family, event, stamp)),
    );
  } catch (error) {
    if (isFailedExpectation(error)) throw error;
    return { ...quietly(otherwise), rejected: { error, event } };
  }
}

/** What a machine does when it starts belongs to the step that started it. */
function afterStart(started: SpecActor, stepped: SpecActor): SpecActor {
  return { ...stepped, before: started.before, effects: [...started.effects, ...stepped.effects] };
}

function stepRoot(family: Family, event: SpecEvent, stamp: Stamp): StepResult {
  const { root } = family;
  if (!handles(root, event.type)) {
    throw new Broken(
      'unknown-action',
      `no state of ${root.definition.name} in ${shown(root.snapshot.value)} takes '${event.type}'`,
    );
  }
  return stepFamily(family, [], event, stamp);
}

function isFailedExpectation(error: unknown): boolean {
  return error instanceof Error && error.name === 'AssertionError';
}

/** An event arrives at a child of the machine. */
export function deliverToChild(actor: SpecActor, path: Path, event: SpecEvent): SpecActor {
  return step(actor, (family, stamp) => stepFamily(family, path, event, stamp));
}

export function hasAsked({ asks }: SpecActor, wanted: Partial<Ask>): boolean {
  return asks.some(({ question }) => isLike(question, wanted));
}

/** What was asked before is answered, or comes back; one nobody waits for any more changes nothing. */
export function answerTo(
  actor: SpecActor,
  wanted: Partial<Ask>,
  suffix: '' | '.unroutable',
  body: Json,
): SpecActor {
  const asked = [...actor.asks].reverse().find(({ question }) => isLike(question, wanted));
  if (asked === undefined)
    return fail(
      `nobody asked ${shown(wanted)}; asked were ${shown(actor.asks.map(({ question }) => question))}`,
    );
  const { path, question } = asked;
  const event = { ...answer(`${question.answer}${suffix}`, body, question.about ?? null) };
  const member = memberAt(actor.family.root, path);
  const waits =
    member !== undefined && member.snapshot.status === 'active' && handles(member, event.type);
  return waits
    ? step(actor, (family, stamp) => stepFamily(family, path, event, stamp))
    : quietly(actor);
}

function isLike(question: Ask, wanted: Partial<Ask>): boolean {
  return isDeepStrictEqual(asJson(partLike(question, wanted)), asJson(wanted));
}

export function isRunning({ activities }: SpecActor, name: string): boolean {
  return activities.some(({ activity }) => activity === name);
}

export function endActivity(actor: SpecActor, name: string, outcome: ActivityOutcome): SpecActor {
  const running = actor.activities.find(({ activity }) => activity === name);
  if (running === undefined)
    return fail(`the activity '${name}' is not running; running are ${shown(namesOf(actor))}`);
  const activities = actor.activities.filter((other) => other !== running);
  return step({ ...actor, activities }, (family, stamp) =>
    stepActivity(family, running.token, outcome, stamp),
  );
}

function namesOf({ activities }: SpecActor): readonly string[] {
  return activities.map(({ activity }) => activity);
}

/** Time passes; timers that come due fire, in their order. */
export function passTime(actor: SpecActor, untilMs: number): SpecActor {
  let passed = quietly(actor);
  for (
    let next = soonest(passed);
    next !== undefined && next.dueAtMs <= untilMs;
    next = soonest(passed)
  ) {
    const fired = fire(passed, next);
    passed = {
      ...fired,
      before: passed.before,
      effects: [...passed.effects, ...fired.effects],
      stopped: [...passed.stopped, ...fired.stopped],
    };
  }
  return { ...passed, nowMs: untilMs };
}

function soonest({ timers }: SpecActor): WaitingTimer | undefined {
  return [...timers].sort((a, b) => a.dueAtMs - b.dueAtMs)[0];
}

function fire(actor: SpecActor, timer: WaitingTimer): SpecActor {
  const timers = actor.timers.filter((other) => other !== timer);
  return step({ ...actor, nowMs: timer.dueAtMs, timers }, (family, stamp) =>
    stepTimer(family, timer.token, stamp),
  );
}

/** The same actor, of whom nothing is new. */
export function quietly(actor: SpecActor): SpecActor {
  return {
    ...actor,
    before: storeFamily(actor.family),
    effects: [],
    stopped: [],
    rejected: undefined,
  };
}

export function hasEnded({ family }: SpecActor): boolean {
  return family.root.snapshot.status !== 'active';
}

export function contextOf({ family }: SpecActor): JsonObject {
  return family.root.snapshot.context as JsonObject;
}

function stampOf(nowMs: number, ids: number): Stamp {
  return { atMs: nowMs, newId: `new-${ids + 1}` };
}

function step(
  actor: SpecActor,
  run: (family: Family, stamp: Stamp) => StepResult | undefined,
): SpecActor {
  const stored = JSON.parse(JSON.stringify(storeFamily(actor.family))) as Json;
  const result = run(restoreFamily(actor.definition, stored), stampOf(actor.nowMs, actor.ids));
  if (result === undefined) return fail('a timer or an activity came back stale');
  return settle({ ...quietly(actor), ids: actor.ids + 1 }, result);
}

/** Performs the reads the step asked for, as the turn does, and notes which timers and activities there now are. */
function settle(actor: SpecActor, result: StepResult): SpecActor {
  let settled: SpecActor = { ...actor, family: result.family };
  const open = [...result.effects];
  for (let effect = open.shift(); effect !== undefined; effect = open.shift()) {
    settled = note(settled, effect);
    if (effect.kind !== 'read') continue;
    const event = {
      type: effect.request.event,
      $: { read: readAnswer(settled.setting.reads, effect.request) },
    };
    const next = stepFamily(
      settled.family,
      effect.path,
      event,
      stampOf(settled.nowMs, settled.ids),
    );
    settled = { ...settled, family: next.family, ids: settled.ids + 1 };
    open.push(...next.effects);
  }
  return settled;
}

function note(actor: SpecActor, effect: StepEffect): SpecActor {
  const noted = { ...actor, effects: [...actor.effects, effect] };
  switch (effect.kind) {
    case 'start-timer':
      return {
        ...noted,
        timers: [...actor.timers, { token: effect.token, dueAtMs: actor.nowMs + effect.delayMs }],
      };
    case 'cancel-timer':
      return { ...noted, timers: actor.timers.filter(({ token }) => token !== effect.token) };
    case 'ask':
      return {
        ...noted,
        asks: [
          ...actor.asks.filter(({ question }) => !isSameMessage(question, effect.question)),
          effect,
        ],
      };
    case 'start-activity':
      return {
        ...noted,
        activities: [...actor.activities, { token: effect.token, activity: effect.activity }],
      };
    case 'stop-activity':
      return stop(noted, effect.token);
    default:
      return noted;
  }
}

function isSameMessage(one: Ask, other: Ask): boolean {
  return one.messageId !== undefined && one.messageId === other.messageId;
}

function stop(actor: SpecActor, token: string): SpecActor {
  const names = actor.activities
    .filter((running) => running.token === token)
    .map(({ activity }) => activity);
  const activities = actor.activities.filter((running) => running.token !== token);
  return { ...actor, activities, stopped: [...actor.stopped, ...names] };
}

/** What the specification says that a read gives. */
export function readAnswer(
  reads: ActorSetting['reads'],
  { store, op, args }: { store: string; op: string; args: Json },
): Json {
  const given = reads[`${store}.${op}`];
  if (given === undefined)
    return fail(
      `the machine reads '${store}.${op}', and the specification does not say what that gives`,
    );
  return typeof given === 'function' ? given(args) : given;
}
