/** The question to a system outside: how long it is tried, and what a silence says. */
import { outsideActivities } from '../../../../actors/outside-voter/activities.ts';
import { outsideRequest } from '../../../../actors/outside-voter/messages.ts';
import { Refused, Transient } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { backoffMs } from '../../../../runtime/ports/waiting.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('question to a system outside');

const told = { action: 'mayDelete', saga: 'S', entity: 'objects', ids: ['a'] };
const dayMs = 86_400_000;

/** All tries of a question that fails at once, as the runtime makes them; gives the last error. */
async function allTries(withinMs: number, first?: Json): Promise<{ error: unknown; atMs: number }> {
  let nowMs = 0;
  let lastProgress = first;
  const { askOutside } = outsideActivities(
    {
      timeoutMs: 5_000,
      ask: () => Promise.reject(new Transient('not-reachable', 'the status 503')),
      tell: () => Promise.resolve(),
    },
    { now: () => nowMs },
  );
  const activity = activityOf(askOutside);
  if (activity === undefined) throw new Error('the question is an activity');
  const input = { request: outsideRequest('billing', told), withinMs };
  for (let attempt = 1; ; attempt += 1) {
    const context = {
      ...{ id: 'question', idempotencyKey: 'k', attempt, lastProgress },
      ...{ signal: new AbortController().signal },
      progress: (value: Json) => {
        lastProgress = value;
      },
    };
    const error = await activity.run(input, context).catch((thrown: unknown) => thrown);
    if (error instanceof Refused || attempt >= activity.retry.attemptsMax)
      return { error, atMs: nowMs };
    nowMs += backoffMs(activity.retry, attempt, 0);
  }
}

for (const withinMs of [2_000, 60_000, dayMs])
  test(`until the deadline: a system that fails at once is asked for ${withinMs} ms`, async () => {
    const { error, atMs } = await allTries(withinMs);
    assert.ok(atMs >= withinMs, `the tries ended after ${atMs} ms`);
    assert.ok(atMs <= withinMs + 5_000);
    assert.match((error as Error).message, /no answer within \d+ ms: the status 503/);
  });

test('until the deadline: also from the beginning that an earlier version has noted', async () => {
  const { atMs } = await allTries(60_000, -30_000);
  assert.ok(atMs >= 30_000 && atMs <= 35_000);
});

test.run();
