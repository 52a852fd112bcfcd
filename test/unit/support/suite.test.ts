import {
  type ProcessResult,
  type ScratchProject,
  scratchProject,
} from '../../support/scratch-project.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('suite: what uvu would let pass', { deadlineMs: 60_000 });
let project: ScratchProject;

let kept: Promise<ProcessResult>;

test.before(() => {
  project = scratchProject();
  // Waits for some seconds, so it runs beside the other tests.
  project.write(
    'kept.js',
    `const t = suite('s'); t('a', () => { setInterval(() => {}, 1000); }); t.run();`,
  );
  kept = project.node('kept.js');
});
test.after(() => project.remove());

function run(source: string, env: Record<string, string> = {}): Promise<ProcessResult> {
  project.write('fixture.js', source);
  return project.node('fixture.js', { env });
}

function assertFails(result: ProcessResult, lastLine: string, reason: RegExp): void {
  assert.is(result.lastLine, lastLine, result.output);
  assert.match(result.output, reason);
  assert.is(result.code, 1);
}

test('a file that passes exits 0 with the totals on the last line', async () => {
  const result = await run(`
    const first = suite('first'); first('a', () => {}); first.run();
    const second = suite('second'); second('b', async () => { await assert.rejects(async () => { throw new Error('x'); }); }); second.run();
  `);
  assert.is(result.lastLine, '2 passed, 0 failed', result.output);
  assert.is(result.code, 0);
});

test('a before hook that throws fails every test of its suite, and after still runs', async () => {
  const result = await run(`
    const t = suite('s');
    t.before(() => { throw new Error('no database'); });
    t.after(() => console.log('closed'));
    t('a', () => {}); t('b', () => {}); t.run();
  `);
  assertFails(result, '0 passed, 2 failed', /before hook: Error: no database/);
  assert.match(result.output, /closed/);
});

test('an after hook that throws is a failure of its own', async () => {
  const result = await run(
    `const t = suite('s'); t.after(() => { throw new Error('left open'); }); t('a', () => {}); t.run();`,
  );
  assertFails(result, '1 passed, 1 failed', /FAIL {2}s: after hook.*left open/s);
});

test('a before.each hook that throws fails its test', async () => {
  const result = await run(
    `const t = suite('s'); t.before.each(() => { throw new Error('no row'); }); t('a', () => {}); t.run();`,
  );
  assertFails(result, '0 passed, 1 failed', /before\.each hook: Error: no row/);
});

test('an after.each hook that throws fails a test that passed', async () => {
  const result = await run(
    `const t = suite('s'); t.after.each(() => { throw new Error('rows left'); }); t('a', () => {}); t.run();`,
  );
  assertFails(result, '0 passed, 1 failed', /after\.each hook: Error: rows left/);
});

test('an after.each hook that throws does not hide the test that failed, nor those after it', async () => {
  const result = await run(`
    const t = suite('s'); let count = 0;
    t.after.each(() => { count += 1; if (count === 1) throw new Error('rows left'); });
    t('a', () => { throw new Error('the cause'); }); t('b', () => {}); t.run();
  `);
  assertFails(result, '1 passed, 1 failed', /the cause/);
  assert.match(result.output, /rows left/);
});

test('a test that never ends fails at its deadline, and the next one runs', async () => {
  const result = await run(
    `const t = suite('s', { deadlineMs: 50 }); t('a', () => new Promise(() => {})); t('b', () => {}); t.run();`,
  );
  assertFails(result, '1 passed, 1 failed', /deadline of 50 ms passed/);
});

test('a test that blocks the thread past its deadline fails', async () => {
  const result = await run(`
    const t = suite('s', { deadlineMs: 20 });
    t('a', () => { const end = performance.now() + 60; while (performance.now() < end); });
    t.run();
  `);
  assertFails(result, '0 passed, 1 failed', /deadline of 20 ms passed/);
});

test('a hook that never ends fails at the deadline', async () => {
  const result = await run(
    `const t = suite('s', { deadlineMs: 50 }); t.before(() => new Promise(() => {})); t('a', () => {}); t.run();`,
  );
  assertFails(result, '0 passed, 1 failed', /before hook: Error: deadline of 50 ms passed/);
});

test('a forgotten run() is a failure', async () => {
  const result = await run(`const t = suite('s'); t('a', () => {});`);
  assertFails(result, '0 passed, 1 failed', /s: run\(\) was not called/);
});

test('a suite without tests is a failure', async () => {
  assertFails(await run(`suite('s').run();`), '0 passed, 1 failed', /s: no tests/);
});

test('a file without a suite is a failure', async () => {
  assertFails(await run('void suite;'), '0 passed, 1 failed', /no suite in this file/);
});

test('a test registered after run() is refused', async () => {
  const result = await run(`const t = suite('s'); t('a', () => {}); t.run(); t('late', () => {});`);
  assert.match(result.output, /s: test "late" comes after run\(\)/);
  assert.is(result.code, 1);
});

test('a process that exits 0 in the middle of a test fails', async () => {
  const result = await run(`const t = suite('s'); t('a', () => process.exit(0)); t.run();`);
  assert.match(result.output, /the process ended before its tests did/);
  assert.is(result.code, 1);
});

test('a rejection nobody handles fails', async () => {
  const result = await run(
    `const t = suite('s'); t('a', () => { void Promise.reject(new Error('unseen')); }); t.run();`,
  );
  assert.match(result.output, /unseen/);
  assert.is(result.code, 1);
});

test('a file that waits for ever at its top level does not exit 0', async () => {
  const result = await run(
    `const t = suite('s'); t('a', () => {}); t.run(); await new Promise(() => {}); suite('never').run();`,
  );
  assert.is(result.code, 13);
});

test('suites apart by a top-level await each run once, and an early failure is kept', async () => {
  const result = await run(`
    const one = suite('one'); one('a', () => { throw new Error('early'); }); one.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const two = suite('two'); two('b', () => console.log('ran b')); two.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const three = suite('three'); three('c', () => {}); three.run();
  `);
  assertFails(result, '2 passed, 1 failed', /early/);
  assert.is(result.output.match(/ran b/g)?.length, 1);
});

test('what is thrown counts, whatever it is', async () => {
  const result = await run(`
    const t = suite('s');
    t('a', () => { throw undefined; });
    t('b', () => { throw 'text'; });
    t('c', () => { throw Object.assign(new Error('refused'), { details: { who: 'methods' }, operator: 1 }); });
    t('d', () => Promise.reject(Object.freeze(new Error('frozen'))));
    t.after.each(() => {});
    t.run();
  `);
  assertFails(result, '0 passed, 4 failed', /thrown: 'text'.*refused.*frozen/s);
});

test('a suite whose server does not answer is skipped and says so', async () => {
  const source = `const t = suite('s', { needs: ["redis"] }); t.before(() => { throw new Error('not reached'); }); t('a', () => {}); t.run();`;
  const result = await run(source, { REDIS_URL: 'redis://127.0.0.1:1' });
  assert.is(result.lastLine, '0 passed, 0 failed, 1 skipped', result.output);
  assert.match(result.output, /s: 1 skipped, no answer from redis \(127\.0\.0\.1:1\)/);
  assert.is(result.code, 0);
});

test('with REQUIRE_SERVERS=1 it fails', async () => {
  const source = `const t = suite('s', { needs: ["rabbitmq"] }); t('a', () => {}); t.run();`;
  const result = await run(source, {
    RABBITMQ_URL: 'amqp://guest:secret@127.0.0.1:1',
    REQUIRE_SERVERS: '1',
  });
  assertFails(
    result,
    '0 passed, 1 failed',
    /REQUIRE_SERVERS=1 and no answer from rabbitmq \(127\.0\.0\.1:1\)/,
  );
  assert.not.match(result.output, /secret/);
});

test('a suite whose program is not installed is skipped and says so, whatever is required', async () => {
  const source = `const t = suite('s', { needs: ["rabbitmqctl"] }); t('a', () => { throw new Error('not reached'); }); t.run();`;
  const result = await run(source, { PATH: '/nowhere', REQUIRE_SERVERS: '1' });
  assert.is(result.lastLine, '0 passed, 0 failed, 1 skipped', result.output);
  assert.match(result.output, /s: 1 skipped, rabbitmqctl not installed/);
  assert.is(result.code, 0);
});

test('a process that something keeps alive is ended and fails', async () => {
  assertFails(await kept, '1 passed, 1 failed', /kept alive after its last test by .*Timeout/);
});

test('there is neither only nor skip', () => {
  const other = Object.keys(suite);
  assert.equal(other, []);
  assert.equal(Object.keys(test).sort(), ['after', 'before', 'run']);
});

test('seed() is TEST_SEED, and a drawn one is printed', async () => {
  const source = `const t = suite('s'); t('a', () => { console.log('is', seed(), seed()); }); t.run();`;
  assert.match((await run(source, { TEST_SEED: '42' })).output, /is 42 42/);
  assert.match((await run(source)).output, /TEST_SEED=(\d+)\n.*is \1 \1/s);
});

test.run();

const asserts = suite('assert: what uvu/assert would let pass');

asserts('throws tells error classes apart', () => {
  const body = () => {
    throw new RangeError('too far');
  };
  assert.throws(body, RangeError);
  assert.throws(body, Error);
  assert.throws(() => assert.throws(body, TypeError), /instance of `TypeError`/);
});

asserts('throws needs a throw, a matching message, a true predicate', () => {
  const body = () => {
    throw new Error('found 3, allowed 2');
  };
  assert.throws(() => assert.throws(() => {}), /expected the function to throw/);
  assert.throws(body, /allowed 2/);
  assert.throws(() => assert.throws(body, /allowed 4/), /allowed 4/);
  assert.throws(() => assert.throws(body, () => false), /not the expected one/);
});

asserts('rejects takes a promise or a function, and needs a rejection', async () => {
  await assert.rejects(Promise.reject(new TypeError('a')), TypeError);
  await assert.rejects(async () => Promise.reject(new Error('b')), /b/);
  await assert.rejects(assert.rejects(Promise.resolve(1)), /expected the promise to be rejected/);
  await assert.rejects(assert.rejects(Promise.reject(new Error('c')), RangeError), /RangeError/);
});

asserts.run();
