import { projectRoot } from '../../support/project-root.ts';
import { type ScratchProject, scratchProject } from '../../support/scratch-project.ts';
import { assert, suite } from '../../support/suite.ts';

const runner = `${projectRoot}test/support/run.ts`;
const passing = `const t = suite('s'); t('a', () => {}); t.run();`;

const test = suite('test runner', { deadlineMs: 60_000 });
let project: ScratchProject;

test.before.each(() => {
  project = scratchProject();
});
test.after.each(() => project.remove());

test('1: runs *.test.ts only, and prints a line a file and the totals last', async () => {
  project.write('test/a.test.ts', passing);
  project.write('test/deep/b.test.ts', passing);
  project.write('test/support.ts', `throw new Error('loaded as a test');`);
  project.write('test/peers/node_modules/other/c.test.ts', `throw new Error('not ours');`);
  const result = await project.node(runner);
  assert.is(result.lastLine, '2 passed, 0 failed', result.output);
  assert.match(result.output, /^TEST_SEED=\d+\n/);
  assert.match(result.output, /ok {4}test\/deep\/b\.test\.ts {2}1 passed, 0 failed/);
  assert.is(result.code, 0);
});

test('1: prints the whole output of a file that failed, and how to run it again', async () => {
  project.write(
    'test/a.test.ts',
    `const t = suite('s'); t('a', () => { console.log('on the way'); throw new Error('boom'); }); t.run();`,
  );
  project.write(
    'test/b.test.ts',
    `const t = suite('s'); t('a', () => console.log('quiet')); t.run();`,
  );
  const result = await project.node(runner, { env: { TEST_SEED: '7' } });
  assert.is(result.lastLine, '1 passed, 1 failed', result.output);
  assert.match(result.output, /on the way.*boom/s);
  assert.match(result.output, /again: TEST_SEED=7 npm test -- test\/a\.test\.ts/);
  assert.not.match(result.output, /quiet/);
  assert.is(result.code, 1);
});

test('1: arguments choose files by a part of their path, and the seed reaches them', async () => {
  project.write('test/a.test.ts', `throw new Error('not chosen');`);
  project.write(
    'test/b.test.ts',
    `const t = suite('s'); t('a', () => assert.is(seed(), 11)); t.run();`,
  );
  const result = await project.node(runner, { args: ['/b.'], env: { TEST_SEED: '11' } });
  assert.is(result.lastLine, '1 passed, 0 failed', result.output);
});

test('1: a skipped suite is named and counted', async () => {
  project.write(
    'test/a.test.ts',
    `const t = suite('s', { needs: ['postgres'] }); t('a', () => {}); t.run();`,
  );
  const result = await project.node(runner, {
    env: { POSTGRES_URL: 'postgresql://127.0.0.1:1/x' },
  });
  assert.is(result.lastLine, '0 passed, 0 failed, 1 skipped', result.output);
  assert.match(result.output, /no answer from postgres \(127\.0\.0\.1:1\)/);
});

test('2: no test file is a failure', async () => {
  project.write('test/a.test.ts', passing);
  const result = await project.node(runner, { args: ['elsewhere'] });
  assert.is(result.lastLine, '0 passed, 1 failed', result.output);
  assert.is(result.code, 1);
});

test('2: a file that crashes, or exits before it reported, fails without hiding the others', async () => {
  project.write('test/a.test.ts', `${passing} throw new Error('crash');`);
  project.write('test/b.test.ts', `const t = suite('s'); t('a', () => process.exit(0)); t.run();`);
  project.write('test/c.test.ts', passing);
  const result = await project.node(runner);
  assert.is(result.lastLine, '1 passed, 2 failed', result.output);
  assert.match(result.output, /no report: it ended with exit code 1/);
  assert.is(result.code, 1);
});

test('2: a file that reports success and still exits with an error fails', async () => {
  project.write(
    'test/a.test.ts',
    `${passing} process.on('exit', () => { process.exitCode = 3; });`,
  );
  const result = await project.node(runner);
  assert.is(result.lastLine, '1 passed, 1 failed', result.output);
  assert.match(result.output, /its tests passed, but it ended with exit code 3/);
});

test('2: a file that runs past its limit is killed with what it started, and fails', async () => {
  const source = `
    import { spawn } from 'node:child_process';
    const t = suite('s');
    t('a', () => { spawn('sleep', ['600'], { stdio: 'inherit' }); for (;;); });
    t.run();
  `;
  project.write('test/a.test.ts', source);
  const result = await project.node(runner, { env: { TEST_FILE_LIMIT_MS: '2500' } });
  assert.is(result.lastLine, '0 passed, 1 failed', result.output);
  assert.match(result.output, /killed: it ran longer than 2500 ms/);
  assert.is(result.code, 1);
});

test.run();
