/**
 * What a step is expected to have led to, and the comparison. A failed expectation is an
 * `AssertionError` of `node:assert` whose message says what differs, line by line; any test
 * framework shows it.
 */
import { AssertionError } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import type {
  HistoryEntry,
  Publish,
  ReplyAddress,
  Undeliverable,
} from '../../runtime/step/effects.ts';
import type { StepEffect } from '../../runtime/step/step-effect.ts';

/** A kind that is left out is not looked at; of each entry only what it names. */
export interface Expected {
  /** The state value: `'paying'`, `{ open: 'asking' }`. */
  readonly state?: Json;
  /** Parts of the context. */
  readonly context?: JsonObject;
  /** Messages published, in their order. */
  readonly publishes?: readonly Partial<Publish>[];
  /** Questions asked, in their order. */
  readonly asks?: readonly JsonObject[];
  /** Answers given. */
  readonly replies?: readonly {
    readonly to?: ReplyAddress;
    readonly body?: Json;
    readonly recorded?: boolean;
  }[];
  /** Writes to the service's own tables. */
  readonly writes?: readonly Partial<Write>[];
  /** Lines of history. */
  readonly records?: readonly HistoryEntry[];
  /** Messages kept as dead letters, in their order. */
  readonly deadLetters?: readonly Partial<Undeliverable>[];
  /** Activities started. */
  readonly activities?: readonly { readonly activity: string; readonly input?: Json }[];
  /** Names of activities stopped. */
  readonly stopped?: readonly string[];
  /** Delays of timers started, milliseconds. */
  readonly timers?: readonly number[];
  /**
   * Names of the functions to be run after the commit: the name of an action, or the place of an
   * inline action. A specification runs none of them.
   */
  readonly afterCommit?: readonly string[];
}

type ListedKind = Exclude<keyof Expected, 'state' | 'context' | 'stopped'>;

export function only<Kind extends StepEffect['kind']>(
  effects: readonly StepEffect[],
  kind: Kind,
): Extract<StepEffect, { kind: Kind }>[] {
  return effects.filter(
    (effect): effect is Extract<StepEffect, { kind: Kind }> => effect.kind === kind,
  );
}

const listed: Readonly<Record<ListedKind, (effects: readonly StepEffect[]) => readonly unknown[]>> =
  {
    publishes: (effects) => only(effects, 'publish').map((effect) => effect.message),
    asks: (effects) => only(effects, 'ask').map((effect) => effect.question),
    replies: (effects) => only(effects, 'reply').map((effect) => effect.reply),
    writes: (effects) => only(effects, 'write').map((effect) => effect.write),
    records: (effects) => only(effects, 'record').map((effect) => effect.entry),
    deadLetters: (effects) => only(effects, 'dead-letter').map((effect) => effect.message),
    activities: (effects) =>
      only(effects, 'start-activity').map(({ activity, input }) => ({ activity, input })),
    timers: (effects) => only(effects, 'start-timer').map((effect) => effect.delayMs),
    afterCommit: (effects) => only(effects, 'after-commit').map((effect) => effect.action),
  };
const listedKinds = Object.keys(listed) as ListedKind[];

/** What a step did beside changing the state. */
export interface Done {
  readonly effects: readonly StepEffect[];
  readonly stopped: readonly string[];
}

/** Each kind that is named must fit entirely. */
export function expectEffects({ effects, stopped }: Done, expected: Expected): void {
  for (const kind of listedKinds) {
    const wanted = expected[kind];
    if (wanted !== undefined)
      same(
        listed[kind](effects).map((effect, index) => partLike(effect, wanted[index])),
        wanted,
        kind,
      );
  }
  if (expected.stopped !== undefined) same(stopped, expected.stopped, 'stopped');
}

/** Nothing was asked for. Effects are named by their kind. */
export function expectNoEffects({ effects, stopped }: Done): void {
  same(
    { effects: effects.map(({ kind }) => kind), stopped },
    { effects: [], stopped: [] },
    'effects',
  );
}

/** Both sides as JSON: an effect must be JSON, and a key that is undefined is not there. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [asJson(actual), asJson(expected)];
  if (isDeepStrictEqual(found, wanted)) return;
  const difference = new AssertionError({
    actual: found,
    expected: wanted,
    operator: 'deepStrictEqual',
  });
  difference.message = `${what}: ${difference.message}`;
  throw difference;
}

export function fail(message: string): never {
  throw new AssertionError({ message });
}

/** The effect, reduced to what the expectation speaks of. */
export function partLike(effect: unknown, expected: unknown): unknown {
  if (
    typeof expected !== 'object' ||
    expected === null ||
    typeof effect !== 'object' ||
    effect === null
  )
    return effect;
  return Object.fromEntries(Object.entries(effect).filter(([key]) => key in expected));
}

export function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

export function shown(value: unknown): string {
  return JSON.stringify(value);
}
