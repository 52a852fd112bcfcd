import { lockActivities } from '../../../../actors/cards/lock-activities.ts';
import { cardsSettings } from '../../../../actors/cards/section.ts';
import { MemoryLocks } from '../../../../runtime/memory/memory-locks.ts';
import { Broken, Transient } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('lock activities');
const ttlMs = 60_000;
let clock: VirtualClock;
let locks: MemoryLocks;

test.before.each(() => {
  clock = new VirtualClock();
  locks = new MemoryLocks(clock);
});

async function run(kind: 'acquireLock' | 'releaseLock', holder: string): Promise<Json | undefined> {
  const found = activityOf(lockActivities(locks, ttlMs)[kind]);
  assert.ok(found);
  return found.run({ name: 'transaction/t1', holder }, activityContext());
}

test('a lock somebody else has is tried again', async () => {
  await run('acquireLock', 'c1');
  await assert.rejects(run('acquireLock', 'c2'), Transient);
});

test('a holder finds its own lock again', async () => {
  await run('acquireLock', 'c1');
  assert.is(await run('acquireLock', 'c1'), null);
});

test('a lock given back is free, and only its holder gives it back', async () => {
  await run('acquireLock', 'c1');
  assert.is(await run('releaseLock', 'c2'), false);
  assert.is(await run('releaseLock', 'c1'), true);
  assert.is(await run('acquireLock', 'c2'), null);
});

test('a lock is kept past its time until its holder gives it back', async () => {
  await run('acquireLock', 'c1');
  await clock.advance(10 * ttlMs);
  await assert.rejects(run('acquireLock', 'c2'), Transient);
  assert.is(await run('releaseLock', 'c1'), true);
  assert.is(await run('acquireLock', 'c2'), null);
});

test('locks that cannot be reached are told apart from a lock of another holder', async () => {
  const away = () => Promise.reject(new Transient('not-reachable', 'no Redis'));
  const found = activityOf(
    lockActivities({ acquire: away, keep: () => undefined, release: away }, ttlMs).acquireLock,
  );
  const request = { name: 'transaction/t1', holder: 'c1' };
  assert.is(await found?.run(request, activityContext()), 'unreachable');
});

test('times come from the config, and have defaults', () => {
  assert.equal(cardsSettings({ sections: { cards: { lock_ttl_ms: 5 } } }), {
    lockTtlMs: 5,
    lockDeadlineMs: 5_000,
    callerDeadlineMs: 30_000,
    filesWaitMs: 5_000,
    undeleteMs: 0,
    ownerHeader: null,
    provesUsers: false,
  });
});

test('with keys for callers only the signed header names the owner of a card', () => {
  const callers = { secrets: { k: 's'.repeat(43) }, signWith: 'k', maxAgeMs: 1_000 };
  const trust = { services: {}, operators: [], unknown: 'refuse', callers } as const;
  const settings = (header: string) =>
    cardsSettings({ sections: { cards: { owner_header: header } }, trust });
  assert.is(settings('caller').ownerHeader, 'caller');
  for (const header of ['x-user', 'Caller', 'caller-roles'])
    assert.throws(
      () => settings(header),
      (error) =>
        error instanceof Broken &&
        error.message.startsWith(`/cards/owner_header: found '${header}', allowed is 'caller'`),
    );
});

test.run();
