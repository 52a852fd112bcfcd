import { Activities } from '../../../../runtime/duties/activities.ts';
import { Broken, Refused } from '../../../../runtime/ports/errors.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import { InstanceName } from '../../../../runtime/ports/instance-name.ts';
import type { ActivityOutcome, ActivityRow } from '../../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import {
  type Activity,
  type ActivityContext,
  activity,
  defaultRetryPolicy,
  type RetryPolicy,
} from '../../../../runtime/step/activity.ts';
import { assert, suite } from '../../../support/suite.ts';
import { listLog } from '../shop.ts';

const test = suite('activities');
const address = { service: 's', machine: 'm', key: 'k' };

function row(token: string, more: Partial<ActivityRow> = {}): ActivityRow {
  return {
    address,
    token,
    path: [],
    machine: 'm',
    kind: 'work',
    id: 'work',
    input: null,
    attempt: 0,
    notBeforeMs: 0,
    ...more,
  };
}

class ActivitiesBench {
  readonly clock = new VirtualClock(0);
  readonly tries: string[] = [];
  readonly ends: (readonly [string, ActivityOutcome])[] = [];
  readonly postponed: (readonly [number, number])[] = [];
  readonly noted: (readonly [Json, number])[] = [];
  readonly handedOver: (readonly [string, ActivityOutcome])[] = [];
  kept = true;
  /** Tokens the journal says are not held here. */
  lost: readonly string[] = [];
  isReachable = true;
  readonly activities: Activities;

  constructor(
    run: Activity['run'],
    retry: Partial<RetryPolicy> = {},
    concurrencyMax = 16,
    settles: boolean | 'retry' = true,
    find?: (row: ActivityRow) => { readonly activity: Activity; readonly concurrencyMax: number },
  ) {
    const counted: Activity['run'] = (input, context) => {
      this.tries.push(`${context.idempotencyKey} ${context.attempt} at ${this.clock.now()}`);
      return run(input, context);
    };
    this.activities = new Activities({
      journal: {
        postponeActivity: async (_instance, _address, _token, attempt, notBeforeMs) => {
          this.postponed.push([attempt, notBeforeMs]);
          return this.kept;
        },
        noteProgress: async (_instance, _address, _token, progress, atMs) => {
          this.noted.push([progress, atMs]);
          return this.kept;
        },
        keepOutcome: async (_instance, _address, token, outcome) => {
          this.handedOver.push([token, outcome]);
          return this.kept;
        },
        lostActivities: async (_instance, held) => {
          if (!this.isReachable) throw new Error('the journal is away');
          return held.filter(({ token }) => this.lost.includes(token));
        },
      },
      instance: new InstanceName('me'),
      clock: this.clock,
      chance: () => 0,
      log: listLog([]),
      failpoints: noFailpoints,
      find: (wanted) =>
        find?.(wanted) ??
        (wanted.kind === 'work'
          ? {
              activity: { run: counted, retry: { ...defaultRetryPolicy, ...retry } },
              concurrencyMax,
            }
          : undefined),
      finish: ({ token }, outcome, settle) => {
        this.ends.push([token, outcome]);
        if (settles !== false) settle(settles === 'retry' ? 'retry' : 'done');
      },
    });
  }

  get error(): JsonObject {
    const outcome = this.ends[0]?.[1];
    return (outcome !== undefined && 'error' in outcome ? outcome.error : {}) as JsonObject;
  }
}

/** Ends when the test says so. */
function held() {
  const open: { resolve: (value: Json) => void; context: ActivityContext }[] = [];
  const run: Activity['run'] = (_input, context) =>
    new Promise((resolve) => open.push({ resolve, context }));
  return { open, run };
}

test('handed over: a result that no turn here can take is kept for another process', async () => {
  const bench = new ActivitiesBench(async () => 'done', {}, 16, 'retry');
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.equal(bench.handedOver, [['#1', { output: 'done' }]]);
  assert.ok(bench.activities.isIdle);
});

test('handed over: a kept result is reported without a further try', async () => {
  const bench = new ActivitiesBench(async () => 'again');
  bench.activities.start([row('#1', { outcome: { output: 'first' } })]);
  await bench.clock.advance(0);
  assert.equal([bench.tries, bench.ends], [[], [['#1', { output: 'first' }]]]);
});

test('result as event: the result is reported with its token', async () => {
  const bench = new ActivitiesBench(async (input) => ({ got: input }));
  bench.activities.start([row('#1', { input: 7 })]);
  await bench.clock.advance(0);
  assert.equal([bench.ends, bench.activities.isIdle], [[['#1', { output: { got: 7 } }]], true]);
});

test('result as event: it is under way until the turn has taken the result', async () => {
  const bench = new ActivitiesBench(async () => 1, {}, 16, false);
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.is(bench.activities.isIdle, false);
});

test('result as event: a row that is under way is not started twice', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run);
  bench.activities.start([row('#1')]);
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.is(open.length, 1);
});

test('noted before retried: a failed try is noted before it is tried again, with growing delays and one idempotency key', async () => {
  const bench = new ActivitiesBench(
    async () => {
      throw new Error('no');
    },
    { attemptsMax: 3, firstDelayMs: 100, factor: 3 },
  );
  bench.activities.start([row('#1')]);
  await bench.clock.advance(1_000);
  assert.equal(bench.tries, ['s/m/k/#1 1 at 0', 's/m/k/#1 2 at 100', 's/m/k/#1 3 at 400']);
  assert.equal(bench.postponed, [
    [1, 100],
    [2, 400],
  ]);
  assert.equal([bench.ends.length, bench.error['message']], [1, 'no']);
});

for (const [name, error] of [
  ['Refused', new Refused('refused', 'never')],
  ['Broken', new Broken('broken', 'never')],
] as const) {
  test(`noted before retried: ${name} is final at the first try`, async () => {
    const bench = new ActivitiesBench(async () => {
      throw error;
    });
    bench.activities.start([row('#1')]);
    await bench.clock.advance(10_000);
    assert.equal([bench.tries.length, bench.error['code']], [1, error.code]);
  });
}

test('noted before retried: a function that throws at once has failed like any other', async () => {
  const bench = new ActivitiesBench(
    () => {
      throw new Error('at once');
    },
    { attemptsMax: 1 },
  );
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.is(bench.error['message'], 'at once');
});

test('noted before retried: tries go on from what is noted, not before their time', async () => {
  const bench = new ActivitiesBench(async () => 1);
  bench.activities.start([row('#1', { attempt: 4, notBeforeMs: 250 })]);
  await bench.clock.advance(249);
  assert.equal(bench.tries, []);
  await bench.clock.advance(1);
  assert.equal(bench.tries, ['s/m/k/#1 5 at 250']);
});

test('noted before retried: what was stopped meanwhile is not tried again', async () => {
  const bench = new ActivitiesBench(async () => {
    throw new Error('no');
  });
  bench.kept = false;
  bench.activities.start([row('#1')]);
  await bench.clock.advance(60_000);
  assert.equal([bench.tries.length, bench.ends, bench.activities.isIdle], [1, [], true]);
});

test('a try that takes too long is aborted and has failed', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run, { attemptsMax: 1, timeoutMs: 500 });
  bench.activities.start([row('#1')]);
  await bench.clock.advance(499);
  assert.is(open[0]?.context.signal.aborted, false);
  await bench.clock.advance(1);
  assert.equal(
    [open[0]?.context.signal.aborted, bench.error['message']],
    [true, 'took longer than 500 ms'],
  );
});

test('a try that ends leaves no time-out behind', async () => {
  const bench = new ActivitiesBench(async () => 1);
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.is(bench.clock.waiting, 0);
});

test('left is aborted: an activity whose state was left is aborted, and what it returns is not reported', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run);
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  bench.activities.cancel(address, ['#1']);
  open[0]?.resolve(1);
  await bench.clock.advance(0);
  assert.equal(
    [open[0]?.context.signal.aborted, bench.ends, bench.activities.isIdle],
    [true, [], true],
  );
});

test('left is aborted: an activity that still waited when its state was left is never begun', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run, {}, 1);
  bench.activities.start([row('#1'), row('#2'), row('#3')]);
  await bench.clock.advance(0);
  bench.activities.cancel(address, ['#2']);
  open[0]?.resolve(1);
  await bench.clock.advance(0);
  assert.equal(
    bench.tries.map((each) => each.split(' ')[0]),
    ['s/m/k/#1', 's/m/k/#3'],
  );
});

test('at most the limit of one kind runs at once', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run, {}, 2);
  bench.activities.start(['#1', '#2', '#3', '#4'].map((token) => row(token)));
  await bench.clock.advance(0);
  assert.is(open.length, 2);
  open[0]?.resolve(1);
  await bench.clock.advance(0);
  assert.is(open.length, 3);
});

test('an activity no machine here has fails', async () => {
  const bench = new ActivitiesBench(async () => 1);
  bench.activities.start([row('#1', { kind: 'other' })]);
  await bench.clock.advance(0);
  assert.is(bench.error['code'], 'broken');
});

test('an error reaches the machine as it was thrown, with its name, code and own fields', async () => {
  const thrown = Object.assign(new TypeError('refused'), { code: 'ECONNREFUSED', port: 5432 });
  const bench = new ActivitiesBench(() => Promise.reject(thrown), { attemptsMax: 1 });
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.equal(bench.error, {
    name: 'TypeError',
    message: 'refused',
    code: 'ECONNREFUSED',
    port: 5432,
  });
});

test('a thrown value that is no error reaches the machine as it is', async () => {
  const thrown = { type: 'unavailable', retryAfter: 3 };
  const bench = new ActivitiesBench(() => Promise.reject(thrown), { attemptsMax: 1 });
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.equal(bench.error, thrown);
});

test('stop aborts what runs, reports nothing and starts nothing more', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run);
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  bench.activities.stop();
  open[0]?.resolve(1);
  bench.activities.start([row('#2')]);
  await bench.clock.advance(0);
  assert.equal([open[0]?.context.signal.aborted, bench.ends, open.length], [true, [], 1]);
});

test('taken over is aborted: an activity that another process has taken over is aborted, and reports nothing', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run);
  bench.activities.start([row('#1'), row('#2')]);
  await bench.clock.advance(0);
  bench.lost = ['#1'];
  await bench.activities.recheck();
  for (const each of open) each.resolve(1);
  await bench.clock.advance(0);
  assert.equal(
    [open.map(({ context }) => context.signal.aborted), bench.ends, bench.activities.isIdle],
    [[true, false], [['#2', { output: 1 }]], true],
  );
});

test('taken over is aborted: an activity whose state was left elsewhere while it waits is not tried again', async () => {
  const bench = new ActivitiesBench(async () => Promise.reject(new Error('not yet')));
  bench.activities.start([row('a')]);
  await bench.clock.advance(0);
  bench.lost = ['a'];
  await bench.clock.advance(60_000);
  assert.equal(bench.tries, ['s/m/k/a 1 at 0']);
  assert.equal([bench.ends, bench.activities.isIdle], [[], true]);
});

test('a journal that cannot be asked before the next try delays nothing', async () => {
  const bench = new ActivitiesBench(async () => Promise.reject(new Error('not yet')));
  bench.isReachable = false;
  bench.activities.start([row('a')]);
  await bench.clock.advance(10_000);
  assert.is(bench.tries.length > 1, true);
});

test('taken over is aborted: an activity whose try cannot be noted because another has it is given up', async () => {
  const bench = new ActivitiesBench(async () => {
    throw new Error('no');
  });
  bench.kept = false;
  bench.activities.start([row('#1')]);
  await bench.clock.advance(60_000);
  assert.equal([bench.tries.length, bench.activities.isIdle], [1, true]);
});

test('taken over is aborted: a word of progress that the journal does not take aborts the try', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run);
  bench.kept = false;
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  open[0]?.context.progress('half');
  await bench.clock.advance(0);
  assert.equal([open[0]?.context.signal.aborted, bench.activities.isIdle], [true, true]);
});

test('progress is noted at once, then the newest twice a second', async () => {
  const { open, run } = held();
  const bench = new ActivitiesBench(run);
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  for (let percent = 0; percent < 20; percent += 1) {
    open[0]?.context.progress(percent);
    await bench.clock.advance(50);
  }
  assert.equal(bench.noted, [
    [0, 0],
    [9, 500],
    [19, 1_000],
  ]);
});

test('progress of a failed try is noted before the failure, and is what the next try begins with', async () => {
  const begunWith: (Json | undefined)[] = [];
  const bench = new ActivitiesBench(async (_input, { attempt, lastProgress, progress }) => {
    begunWith.push(lastProgress);
    progress(`try ${attempt} begun`);
    progress(`try ${attempt} half`);
    if (attempt === 1) throw new Error('no');
    return 1;
  });
  bench.activities.start([row('#1', { progress: 'of another process' })]);
  await bench.clock.advance(1_000);
  assert.equal(begunWith, ['of another process', 'try 1 half']);
  assert.equal(
    bench.noted.map(([value]) => value),
    ['try 1 begun', 'try 1 half', 'try 2 begun'],
  );
  assert.is(bench.clock.waiting, 0);
});

test('a kind may have a limit of its own', async () => {
  const { open, run } = held();
  const find = () => ({ activity: { run, retry: defaultRetryPolicy }, concurrencyMax: 1 });
  const bench = new ActivitiesBench(run, {}, 16, true, find);
  bench.activities.start([row('#1'), row('#2'), row('#3', { machine: 'other' })]);
  await bench.clock.advance(0);
  assert.is(open.length, 2);
});

for (const failure of [
  new TypeError('a bug'),
  Object.assign(new Error('no such file'), { code: 'ENOENT' }),
]) {
  test(`noted before retried: what the policy names is final: ${failure.message}`, async () => {
    const bench = new ActivitiesBench(
      async () => {
        throw failure;
      },
      { final: ['TypeError', 'ENOENT'] },
    );
    bench.activities.start([row('#1')]);
    await bench.clock.advance(60_000);
    assert.equal([bench.tries.length, bench.error['message']], [1, failure.message]);
  });
}

for (const [name, value, allowed] of [
  ['attemptsMax', 0, 'at least 1'],
  ['jitter', 1.5, 'from 0 to 1'],
  ['timeoutMs', Number.NaN, 'at least 1'],
  ['concurrencyMax', 0, 'at least 1'],
] as const) {
  test(`an option out of its range is refused: ${name} ${value}`, () => {
    const expected = `the activity option '${name}' is ${value}; allowed is ${allowed}`;
    assert.throws(
      () => activity(async () => 1, { [name]: value }),
      (error) => error instanceof Broken && error.message === expected && error.at === name,
    );
  });
}

test('anything may be thrown: an error without a prototype is the error of the activity', async () => {
  const thrown = Object.assign(Object.create(null), { status: 503 });
  const bench = new ActivitiesBench(() => Promise.reject(thrown), { attemptsMax: 1 });
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  assert.equal([bench.error, bench.activities.isIdle], [{ status: 503 }, true]);
});

test('died is tried: an activity whose process died during the last try is given up, and never begins', async () => {
  const bench = new ActivitiesBench(async () => 1, { attemptsMax: 3 });
  bench.activities.start([row('#1', { attempt: 2 }), row('#2', { attempt: 3 })]);
  await bench.clock.advance(60_000);
  assert.equal([bench.tries.length, bench.tries[0]?.split(' ')[1]], [1, '3']);
  const given = bench.ends.find(([token]) => token === '#2')?.[1];
  assert.match(JSON.stringify(given), "the process of the activity 'work' ended during try 3");
});

test('each try gets a copy of the input', async () => {
  const seen: string[] = [];
  const bench = new ActivitiesBench(async (input) => {
    Object(input).items.push('wrap');
    seen.push(JSON.stringify(input));
    if (seen.length < 2) throw new Error('again');
    return null;
  });
  bench.activities.start([row('#1', { input: { items: [] } })]);
  await bench.clock.advance(10_000);
  assert.equal(seen, ['{"items":["wrap"]}', '{"items":["wrap"]}']);
});

test('the result is a copy', async () => {
  const settings = { n: 1 };
  const bench = new ActivitiesBench(async () => settings);
  bench.activities.start([row('#1')]);
  await bench.clock.advance(0);
  settings.n = 2;
  assert.equal(bench.ends, [['#1', { output: { n: 1 } }]]);
});

test('a result that is no JSON is final, and so is such a progress', async () => {
  const bigint: unknown = { cents: 1n };
  const results = new ActivitiesBench(async () => bigint as Json);
  const progresses = new ActivitiesBench(async (_input, { progress }) => {
    progress(bigint as Json);
    return null;
  });
  for (const { activities } of [results, progresses]) activities.start([row('#1')]);
  for (const { clock } of [results, progresses]) await clock.advance(0);
  const error = (what: string) => `${what} has a bigint at /cents; store String(value)`;
  assert.equal(
    [results, progresses].map(({ ends, tries }) => [
      Object(ends[0]?.[1]).error?.message,
      tries.length,
    ]),
    [
      [error('the result'), 1],
      [error('the progress'), 1],
    ],
  );
});

test.run();
