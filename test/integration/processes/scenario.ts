/**
 * Random events from a seed, each actor's in a fixed order, some given twice; and what is stored when all is over.
 *
 * 1. An actor's next event is sent when the one before it is answered, so its order is the scenario's whoever handles it.
 * 2. A repetition carries the identity of the original and goes out beside it: two processes may have it at once. Both are answered.
 */
import type { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { type CounterKind, counterKinds, counters } from './counters.ts';

export interface ScenarioOptions {
  readonly actors: number;
  /** For each actor. */
  readonly events: number;
  readonly seed: number;
}

interface Step {
  readonly action: CounterKind;
  readonly n: number;
  readonly twice: boolean;
}

/** State and context by key. */
export type Outcome = ReadonlyMap<string, Json>;

const inFlightMax = 64;
const loadMax = 500;
const settleLimitMs = 120_000;

export function keysOf({ actors }: ScenarioOptions): readonly string[] {
  return Array.from({ length: actors }, (_, index) => `actor-${index}`);
}

function scriptOf({ actors, events, seed }: ScenarioOptions): readonly (readonly Step[])[] {
  const chance = seededChance(seed);
  const step = (): Step => ({
    action: counterKinds[Math.floor(chance() * counterKinds.length)] ?? 'note',
    n: 1 + Math.floor(chance() * 100),
    twice: chance() < 0.1,
  });
  return Array.from({ length: actors }, () => Array.from({ length: events }, step));
}

async function playActor(client: Client, key: string, steps: readonly Step[]): Promise<void> {
  for (const [index, { action, n, twice }] of steps.entries()) {
    const body = { action, data: { key, n } };
    const ask = (): Promise<Json> =>
      client.request(counters, body, { messageId: `${key}/${index}`, timeoutMs: settleLimitMs });
    await Promise.all(twice ? [ask(), ask()] : [ask()]);
  }
}

/** Gives all events; resolves when the last is answered. */
export async function play(client: Client, options: ScenarioOptions): Promise<void> {
  const script = scriptOf(options);
  const waiting = [...keysOf(options).entries()];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await playActor(client, next[1], script[next[0]] ?? []);
  };
  await Promise.all(Array.from({ length: inFlightMax }, lane));
}

/** Resolves when no timer, activity or message is left. */
export async function settled(journal: Journal): Promise<void> {
  const untilMs = systemClock.now() + settleLimitMs;
  for (;;) {
    const { timers, activities, outbox } = await journal.counts();
    if (timers + activities + outbox === 0) return;
    if (systemClock.now() > untilMs)
      throw new Error(`left: ${timers} timers, ${activities} activities, ${outbox} messages`);
    await new Promise<void>((resolve) => void systemClock.after(50, resolve));
  }
}

/** What is stored of each actor. Where its last answer went is left out: the callers differ. */
export async function outcomeOf(journal: Journal, options: ScenarioOptions): Promise<Outcome> {
  const outcome = new Map<string, Json>();
  const keys = keysOf(options);
  for (let from = 0; from < keys.length; from += loadMax) {
    const part = keys.slice(from, from + loadMax);
    const requests = part.map((key) => ({
      address: { service: 'counters', machine: 'counter', key },
      messageIds: [],
    }));
    for (const [index, { record }] of (await journal.load(requests)).entries()) {
      const root = (record?.family as JsonObject | undefined)?.['root'] as
        | { value: Json; context: JsonObject }
        | undefined;
      outcome.set(
        part[index] ?? '',
        root === undefined
          ? null
          : { value: root.value, context: { ...root.context, caller: null } },
      );
    }
  }
  return outcome;
}
