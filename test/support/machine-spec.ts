/**
 * Given, when, then for machines, without a runtime: no clock, no broker, no database, and nothing to wait for.
 *
 *     given(machine)
 *       .when(message('delete', { id: 'c1' }, { replyTo }))
 *       .leadsTo({ state: 'locking', activities: [{ activity: 'acquireLock', input: { name: 'c1' } }] })
 *       .finishes('acquireLock')
 *       .waits(1_000)
 *       .leadsTo({ state: 'asking', replies: [] });
 *
 * 1. A specification is a value: every step makes a new one, so one beginning may have several ends.
 * 2. Before each step the actor is stored as JSON and restored, as after a crash: what a test shows also survives one.
 * 3. `leadsTo` looks at the last step only, and only at the kinds of effect it names; each kind it names must fit entirely.
 * 4. An event that the machine neither handles nor ignores by name fails the test, unless `leaves` says so.
 * 5. Time is counted here: `waits` fires the timers that come due, in their order.
 */
import nodeAssert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import type { Ask, HistoryEntry, Publish, ReplyAddress } from '../../runtime/effects.ts';
import type { Headers } from '../../runtime/envelope.ts';
import { type ErrorCode, UnanimousError } from '../../runtime/errors.ts';
import { restoreFamily, storeFamily } from '../../runtime/family-record.ts';
import type { Json, JsonObject } from '../../runtime/json.ts';
import { defineMachine, type MachineDefinition } from '../../runtime/machine-definition.ts';
import {
  type ActivityOutcome,
  type Family,
  handles,
  memberAt,
  type Path,
  type Stamp,
  type StepEffect,
  type StepResult,
  startFamily,
  stepActivity,
  stepFamily,
  stepTimer,
} from '../../runtime/machine-step.ts';
import type { AnswerEvent, MessageEvent } from '../../runtime/service.ts';
import type { Write } from '../../runtime/store.ts';

type SpecEvent = { readonly type: string };
/** What a read answers: a value, or a function of the read's arguments. */
type ReadAnswer = Json | ((args: Json) => Json);

export interface GivenOptions {
  /** The actor's key. Default `actor`. */
  readonly key?: string;
  /** Milliseconds since the epoch at the beginning. Default 1_000_000. */
  readonly atMs?: number;
  /** What the machine is started with, beside its key. */
  readonly input?: JsonObject;
  /** Answers to the reads a machine asks for, by `store.op`. */
  readonly reads?: Readonly<Record<string, ReadAnswer>>;
}

/** What a step is expected to have led to. A kind that is left out is not looked at. */
export interface Expected {
  /** The state value. */
  readonly state?: Json;
  /** Parts of the context. */
  readonly context?: JsonObject;
  readonly publishes?: readonly Partial<Publish>[];
  readonly asks?: readonly JsonObject[];
  readonly replies?: readonly { readonly to?: ReplyAddress; readonly body?: Json; readonly recorded?: boolean }[];
  readonly writes?: readonly Partial<Write>[];
  readonly records?: readonly HistoryEntry[];
  /** Activities started. */
  readonly activities?: readonly { readonly activity: string; readonly input?: Json }[];
  /** Names of activities stopped. */
  readonly stopped?: readonly string[];
  /** Delays in milliseconds of timers started. */
  readonly timers?: readonly number[];
}

interface RunningActivity {
  readonly token: string;
  readonly activity: string;
}
interface WaitingTimer {
  readonly token: string;
  readonly dueAtMs: number;
}
interface OpenAsk {
  readonly path: Path;
  readonly question: Ask;
}

interface World {
  readonly definition: MachineDefinition;
  readonly options: Required<GivenOptions>;
  readonly family: Family;
  readonly nowMs: number;
  readonly ids: number;
  readonly timers: readonly WaitingTimer[];
  readonly activities: readonly RunningActivity[];
  /** Every question asked so far, under its message id the latest. */
  readonly asks: readonly OpenAsk[];
  /** Of the last step. */
  readonly effects: readonly StepEffect[];
  /** Names of the activities the last step stopped. */
  readonly stopped: readonly string[];
}

/** A message as a machine gets it; time and id are added by the step. */
export function message<TData, TRead = null, TType extends string = string>(
  type: TType,
  data: TData,
  options: {
    readonly read?: TRead;
    readonly replyTo?: ReplyAddress;
    readonly identity?: string;
    readonly from?: string;
    readonly headers?: Headers;
  } = {},
): Omit<MessageEvent<TData, TRead | null, TType>, 'at' | 'fresh'> {
  const { read = null, replyTo, identity, from, headers = {} } = options;
  const info = { identity: identity ?? null, from: from ?? null, headers, exchange: 'spec', routingKey: 'spec', replyTo: replyTo ?? null };
  return { type, data, read, message: info };
}

/** An answer as a machine gets it. */
export function answer<TType extends string>(type: TType, body: Json, about: Json = null): Omit<AnswerEvent<Json, TType>, 'at' | 'fresh'> {
  const info = { identity: null, from: null, headers: {}, exchange: 'spec', routingKey: 'spec', replyTo: null };
  return { type, answer: body, about, message: info };
}

/** Where a message's sender waits for its answer. */
export function caller(messageId: string): ReplyAddress {
  return { messageId, exchange: 'spec', routingKey: 'caller', correlationId: messageId };
}

/** A machine that has just started. */
export function given(machine: AnyStateMachine | MachineDefinition, options: GivenOptions = {}): MachineSpec {
  const definition = 'activities' in machine ? machine : defineMachine(machine);
  const complete = { key: 'actor', atMs: 1_000_000, input: {}, reads: {}, ...options };
  return new MachineSpec(begin(definition, complete));
}

export class MachineSpec {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** An event arrives. An actor that has ended is started again, as the runtime does. */
  when(event: SpecEvent): MachineSpec {
    return new MachineSpec(deliver(this.#world, event));
  }

  /** The answer to a question asked before arrives, wherever in the family it was asked; one nobody waits for any more changes nothing. */
  answers(question: Partial<Ask>, body: Json): MachineSpec {
    return new MachineSpec(answerTo(this.#world, question, '', body));
  }

  /** A question asked before comes back: it reaches nobody. */
  returns(question: Partial<Ask>): MachineSpec {
    return new MachineSpec(answerTo(this.#world, question, '.unroutable', null));
  }

  /** An event arrives and the machine refuses it by throwing: nothing has changed, the sender is told. */
  refuses(event: SpecEvent, code: ErrorCode, pattern = /./): MachineSpec {
    const refusal = thrownBy(() => deliver(this.#world, event));
    nodeAssert.ok(refusal instanceof UnanimousError, `expected '${event.type}' to be refused; it gave ${String(refusal)}`);
    nodeAssert.equal(refusal.code, code);
    nodeAssert.match(refusal.message, pattern);
    return this;
  }

  /** No state takes this event: the runtime would make it a dead letter. */
  leaves(event: SpecEvent): MachineSpec {
    const { root } = this.#world.family;
    nodeAssert.ok(!handles(root, event.type), `the state ${shown(root.snapshot.value)} takes '${event.type}'`);
    return this;
  }

  /** A running activity ends well. */
  finishes(activity: string, output?: Json): MachineSpec {
    return new MachineSpec(endActivity(this.#world, activity, { output }));
  }

  /** A running activity has failed for good. */
  fails(activity: string, error: Json): MachineSpec {
    return new MachineSpec(endActivity(this.#world, activity, { error }));
  }

  /** Time passes; timers that come due fire. */
  waits(durationMs: number): MachineSpec {
    return new MachineSpec(pass(this.#world, this.#world.nowMs + durationMs));
  }

  /** What the last step has led to. */
  leadsTo(expected: Expected): MachineSpec {
    const { family, effects } = this.#world;
    if (expected.state !== undefined) same(family.root.snapshot.value, expected.state, 'state');
    for (const [key, value] of Object.entries(expected.context ?? {})) same(contextOf(this.#world)[key], value, `context.${key}`);
    for (const kind of listedKinds) if (expected[kind] !== undefined) sameList(listed[kind](effects), expected[kind], kind);
    if (expected.stopped !== undefined) same(this.#world.stopped, expected.stopped, 'stopped');
    return this;
  }

  /** An event arrives at a child of the machine, by the ids of children from the root down. */
  tells(path: readonly string[], event: SpecEvent): MachineSpec {
    return new MachineSpec(step(this.#world, (family, stamp) => stepFamily(family, path, event, stamp)));
  }

  /** Body of the answer the last step gave, for what `leadsTo` cannot say. */
  answered(): Json {
    const [effect] = only(this.#world.effects, 'reply');
    return effect?.reply.body ?? nodeAssert.fail('the last step gave no answer');
  }

  /** The questions of the last step, likewise. */
  asked(): readonly Ask[] {
    return only(this.#world.effects, 'ask').map((effect) => effect.question);
  }

  /** The history lines of the last step, likewise. */
  records(): readonly HistoryEntry[] {
    return only(this.#world.effects, 'record').map((effect) => effect.entry);
  }

  /** The context, likewise. */
  context(): JsonObject {
    return contextOf(this.#world);
  }

  /** The actor has ended: only its journal row is left. */
  ends(): MachineSpec {
    nodeAssert.equal(this.#world.family.root.snapshot.status, 'done');
    nodeAssert.deepEqual(this.#world.timers, []);
    nodeAssert.deepEqual(this.#world.activities, []);
    return this;
  }
}

type ListedKind = Exclude<keyof Expected, 'state' | 'context' | 'stopped'>;

function only<Kind extends StepEffect['kind']>(effects: readonly StepEffect[], kind: Kind): Extract<StepEffect, { kind: Kind }>[] {
  return effects.filter((effect): effect is Extract<StepEffect, { kind: Kind }> => effect.kind === kind);
}

const listed: Readonly<Record<ListedKind, (effects: readonly StepEffect[]) => readonly unknown[]>> = {
  publishes: (effects) => only(effects, 'publish').map((effect) => effect.message),
  asks: (effects) => only(effects, 'ask').map((effect) => effect.question),
  replies: (effects) => only(effects, 'reply').map((effect) => effect.reply),
  writes: (effects) => only(effects, 'write').map((effect) => effect.write),
  records: (effects) => only(effects, 'record').map((effect) => effect.entry),
  activities: (effects) => only(effects, 'start-activity').map(({ activity, input }) => ({ activity, input })),
  timers: (effects) => only(effects, 'start-timer').map((effect) => effect.delayMs),
};
const listedKinds = Object.keys(listed) as ListedKind[];

function begin(definition: MachineDefinition, options: Required<GivenOptions>): World {
  const nowMs = options.atMs;
  const started = startFamily(definition, inputOf(options), stampOf(nowMs, 0));
  const empty = { definition, options, nowMs, ids: 1, timers: [], activities: [], asks: [], effects: [], stopped: [] };
  return settle({ ...empty, family: started.family }, started);
}

function inputOf({ key, input }: Required<GivenOptions>): JsonObject {
  return { key, service: 'service', ...input };
}

function stampOf(nowMs: number, ids: number): Stamp {
  return { at: nowMs, fresh: `fresh-${ids + 1}` };
}

function deliver(world: World, event: SpecEvent): World {
  const ended = world.family.root.snapshot.status !== 'active';
  const fresh = ended ? begin(world.definition, { ...world.options, atMs: world.nowMs }) : world;
  const { root } = fresh.family;
  if (!handles(root, event.type)) nodeAssert.fail(`no state takes '${event.type}' in ${shown(root.snapshot.value)}`);
  return step(fresh, (family, stamp) => stepFamily(family, [], event, stamp));
}

function answerTo(world: World, wanted: Partial<Ask>, suffix: '' | '.unroutable', body: Json): World {
  const asked = [...world.asks].reverse().find(({ question }) => isLike(question, wanted));
  if (asked === undefined)
    return nodeAssert.fail(`nobody asked ${shown(wanted)}; asked were ${shown(world.asks.map(({ question }) => question))}`);
  const { path, question } = asked;
  const event = { ...answer(`${question.answer}${suffix}`, body, question.about ?? null) };
  const member = memberAt(world.family.root, path);
  const waits = member !== undefined && member.snapshot.status === 'active' && handles(member, event.type);
  if (!waits) return { ...world, effects: [], stopped: [] };
  return step(world, (family, stamp) => stepFamily(family, path, event, stamp));
}

function isLike(question: Ask, wanted: Partial<Ask>): boolean {
  return isDeepStrictEqual(asJson(partLike(question, wanted)), asJson(wanted));
}

function endActivity(world: World, name: string, outcome: ActivityOutcome): World {
  const running = world.activities.find(({ activity }) => activity === name);
  if (running === undefined) return nodeAssert.fail(`the activity '${name}' is not running; running are ${shown(world.activities)}`);
  const activities = world.activities.filter((other) => other !== running);
  return step({ ...world, activities }, (family, stamp) => stepActivity(family, running.token, outcome, stamp));
}

function pass(world: World, untilMs: number): World {
  let passed: World = { ...world, effects: [], stopped: [] };
  for (let next = soonest(passed); next !== undefined && next.dueAtMs <= untilMs; next = soonest(passed)) {
    const fired = fire(passed, next);
    passed = { ...fired, effects: [...passed.effects, ...fired.effects], stopped: [...passed.stopped, ...fired.stopped] };
  }
  return { ...passed, nowMs: untilMs };
}

function soonest({ timers }: World): WaitingTimer | undefined {
  return [...timers].sort((a, b) => a.dueAtMs - b.dueAtMs)[0];
}

function fire(world: World, timer: WaitingTimer): World {
  const timers = world.timers.filter((other) => other !== timer);
  return step({ ...world, nowMs: timer.dueAtMs, timers }, (family, stamp) => stepTimer(family, timer.token, stamp));
}

function step(world: World, run: (family: Family, stamp: Stamp) => StepResult | undefined): World {
  const revived = restoreFamily(world.definition, JSON.parse(JSON.stringify(storeFamily(world.family))) as Json);
  const result = run(revived, stampOf(world.nowMs, world.ids));
  if (result === undefined) return nodeAssert.fail('a timer or an activity came back stale');
  return settle({ ...world, ids: world.ids + 1, effects: [], stopped: [] }, result);
}

/** Performs the reads the step asked for, as the turn does, and notes which timers and activities there now are. */
function settle(world: World, result: StepResult): World {
  let settled: World = { ...world, family: result.family };
  const open = [...result.effects];
  for (let effect = open.shift(); effect !== undefined; effect = open.shift()) {
    settled = note(settled, effect);
    if (effect.kind !== 'read') continue;
    const event = { type: effect.request.event, read: readAnswer(settled, effect.request) };
    const next = stepFamily(settled.family, effect.path, event, stampOf(settled.nowMs, settled.ids));
    settled = { ...settled, family: next.family, ids: settled.ids + 1 };
    open.push(...next.effects);
  }
  return settled;
}

function note(world: World, effect: StepEffect): World {
  const noted = { ...world, effects: [...world.effects, effect] };
  switch (effect.kind) {
    case 'start-timer':
      return { ...noted, timers: [...world.timers, { token: effect.token, dueAtMs: world.nowMs + effect.delayMs }] };
    case 'cancel-timer':
      return { ...noted, timers: world.timers.filter(({ token }) => token !== effect.token) };
    case 'ask':
      return {
        ...noted,
        asks: [
          ...world.asks.filter(({ question }) => question.messageId !== effect.question.messageId || question.messageId === undefined),
          effect,
        ],
      };
    case 'start-activity':
      return { ...noted, activities: [...world.activities, { token: effect.token, activity: effect.activity }] };
    case 'stop-activity':
      return stop(noted, effect.token);
    default:
      return noted;
  }
}

function stop(world: World, token: string): World {
  const names = world.activities.filter((running) => running.token === token).map(({ activity }) => activity);
  const activities = world.activities.filter((running) => running.token !== token);
  return { ...world, activities, stopped: [...world.stopped, ...names] };
}

function readAnswer(world: World, { store, op, args }: { store: string; op: string; args: Json }): Json {
  const given = world.options.reads[`${store}.${op}`];
  if (given === undefined) return nodeAssert.fail(`the machine reads '${store}.${op}', and the specification does not say what that gives`);
  return typeof given === 'function' ? given(args) : given;
}

function contextOf(world: World): JsonObject {
  return world.family.root.snapshot.context as JsonObject;
}

/** Both sides as JSON: an effect must be JSON, and a key that is undefined is not there. */
function same(actual: unknown, expected: unknown, what: string): void {
  nodeAssert.deepStrictEqual(asJson(actual), asJson(expected), `${what}: ${shown(actual)} instead of ${shown(expected)}`);
}

/** Each expected entry says as much of an effect as it wants to. */
function sameList(actual: readonly unknown[], expected: readonly unknown[], what: string): void {
  const reduced = actual.map((effect, index) => partLike(effect, expected[index]));
  same(reduced, expected, what);
}

function partLike(effect: unknown, expected: unknown): unknown {
  if (typeof expected !== 'object' || expected === null || typeof effect !== 'object' || effect === null) return effect;
  return Object.fromEntries(Object.entries(effect).filter(([key]) => key in expected));
}

function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return 'no error';
}
