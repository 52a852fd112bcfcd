import { existsSync } from 'node:fs';
import { type ScratchProject, scratchProject } from '../../support/scratch-project.ts';
import { assert, suite } from '../../support/suite.ts';

const passing = `const t = suite('s'); t('a', () => {}); t.run();`;

const test = suite('test runner', { deadlineMs: 60_000 });
let project: ScratchProject;

test.before.each(() => {
  project = scratchProject();
});
test.after.each(() => project.remove());

test('runs *.test.ts only, and prints a line a file and the totals last', async () => {
  project.write('test/a.test.ts', passing);
  project.write('test/deep/b.test.ts', passing);
  project.write('test/support.ts', `throw new Error('loaded as a test');`);
  project.write('test/peers/node_modules/other/c.test.ts', `throw new Error('not ours');`);
  const result = await project.runTests();
  assert.is(result.lastLine, '2 passed, 0 failed', result.output);
  assert.match(result.output, /^TEST_SEED=\d+\n/);
  assert.match(result.output, /ok {4}test\/deep\/b\.test\.ts {2}1 passed, 0 failed/);
  assert.is(result.code, 0);
});

test('prints the whole output of a file that failed, and how to run it again', async () => {
  project.write(
    'test/a.test.ts',
    `const t = suite('s'); t('a', () => { console.log('on the way'); throw new Error('boom'); }); t.run();`,
  );
  project.write(
    'test/b.test.ts',
    `const t = suite('s'); t('a', () => console.log('quiet')); t.run();`,
  );
  const result = await project.runTests({ env: { TEST_SEED: '7' } });
  assert.is(result.lastLine, '1 passed, 1 failed', result.output);
  assert.match(result.output, /on the way.*boom/s);
  assert.match(result.output, /again: TEST_SEED=7 npm test -- test\/a\.test\.ts/);
  assert.not.match(result.output, /quiet/);
  assert.is(result.code, 1);
});

test('arguments choose files by a part of their path, and the seed reaches them', async () => {
  project.write('test/a.test.ts', `throw new Error('not chosen');`);
  project.write(
    'test/b.test.ts',
    `const t = suite('s'); t('a', () => assert.is(seed(), 11)); t.run();`,
  );
  const result = await project.runTests({ args: ['/b.'], env: { TEST_SEED: '11' } });
  assert.is(result.lastLine, '1 passed, 0 failed', result.output);
});

test('the files of a run share one folder, which goes with the run', async () => {
  const source = `
    import { appendFileSync, existsSync, readFileSync } from 'node:fs';
    const folder = process.env.TEST_RUN_FOLDER;
    const path = folder + '/shared';
    const t = suite('s');
    t('a', () => { note((existsSync(path) ? 'found ' : 'made ') + folder); appendFileSync(path, 'x'); });
    t.run();`;
  project.write('test/a.test.ts', source);
  project.write('test/b.test.ts', source);
  const result = await project.runTests({ env: { TEST_PARALLEL: '1' } });
  const [, made = ''] = /made (.*)/.exec(result.output) ?? [];
  assert.is(/found (.*)/.exec(result.output)?.[1], made, result.output);
  assert.not.ok(existsSync(made));
});

const pid = `const t = suite('s'); t('a', () => note('pid ' + pidOfThis)); t.run();`;
const shared = (source: string) => `import { pid as pidOfThis } from 'process'; ${source}`;

test('small unit files share a process; a file that names the process has its own', async () => {
  project.write('test/unit/a.test.ts', shared(pid));
  project.write('test/unit/b.test.ts', `${shared(pid)} void process.pid;`);
  project.write('test/unit/c.test.ts', shared(pid));
  const result = await project.runTests();
  assert.is(result.lastLine, '3 passed, 0 failed', result.output);
  const [a, b, c] = ['a', 'b', 'c'].map(
    (name) => new RegExp(`/${name}\\.test\\.ts .*\n +pid (\\d+)`).exec(result.output)?.[1],
  );
  assert.ok(a);
  assert.is(a, c);
  assert.is.not(a, b);
});

test('a file that fails in a shared process is named with its own output only', async () => {
  const failing = `const t = suite('s'); t('a', () => { throw new Error('boom'); }); t.run();`;
  project.write('test/unit/a.test.ts', `console.log('of a'); console.error('of a'); ${passing}`);
  project.write('test/unit/b.test.ts', `console.log('of b'); console.error('of b'); ${failing}`);
  project.write('test/unit/c.test.ts', `console.log('of c'); console.error('of c'); ${passing}`);
  const result = await project.runTests({ env: { TEST_SEED: '7' } });
  assert.is(result.lastLine, '2 passed, 1 failed', result.output);
  assert.match(result.output, /FAIL {2}test\/unit\/b\.test\.ts.*after test\/unit\/a\.test\.ts\n/s);
  assert.is(result.output.match(/of b/g)?.length, 2, result.output);
  assert.not.match(result.output, /of a|of c/);
  assert.match(result.output, /again: TEST_SEED=7 npm test -- test\/unit\/b\.test\.ts\n/);
});

const notToTheEnd: Readonly<Record<string, readonly [source: string, problem: RegExp]>> = {
  crashes: [`${passing} throw new Error('crash');`, /no report: it ended with exit code 1/],
  exits: [`import { exit } from 'process'; exit(0);`, /no report: it ended with exit code 1/],
  'never ends': [`${passing} for (;;);`, /killed: it ran longer than 5000 ms/],
  'awaits without end': [
    `${passing} await new Promise(() => {});`,
    /waits for something that never comes/,
  ],
  'keeps a timer': [
    `${passing} setInterval(() => {}, 1000);`,
    /kept alive after its last test by .*Timeout/,
  ],
  'has no suite': ['void suite;', /no suite in this file/],
};
for (const [what, [source, problem]] of Object.entries(notToTheEnd))
  test(`a file that ${what} in a shared process fails alone, and the files after it run`, async () => {
    project.write('test/unit/a.test.ts', passing);
    project.write('test/unit/b.test.ts', source);
    project.write('test/unit/c.test.ts', passing);
    project.write('test/unit/d.test.ts', passing);
    const result = await project.runTests({
      env: { TEST_FILE_LIMIT_MS: what === 'never ends' ? '5000' : '60000' },
    });
    assert.match(result.lastLine, /^[34] passed, 1 failed$/, result.output);
    assert.match(result.output, /FAIL {2}test\/unit\/b\.test\.ts/);
    assert.match(result.output, problem);
    for (const file of ['a', 'c', 'd'])
      assert.match(result.output, new RegExp(`ok {4}test/unit/${file}\\.test\\.ts`));
  });

const away = 'postgresql://127.0.0.1:1/x';
const needy = `const t = suite('s', { needs: ["postgres"] }); t('a', () => {}); t.run();`;

test('what will be skipped is said once, before the first file, and counted at the end', async () => {
  project.write('test/a.test.ts', needy.replaceAll('"', "'"));
  project.write('test/b.test.ts', needy.replaceAll('"', "'"));
  project.write('test/c.test.ts', passing);
  const result = await project.runTests({ env: { POSTGRES_URL: away } });
  assert.is(result.lastLine, '1 passed, 0 failed, 2 skipped', result.output);
  assert.match(
    result.output,
    /^TEST_SEED=\d+\nno answer from postgres \(127\.0\.0\.1:1\): suites will be skipped in test\/a\.test\.ts, test\/b\.test\.ts\nok /,
  );
  assert.is(result.output.match(/no answer/g)?.length, 1, result.output);
});

test('a server that is required and away is said at the start, and fails', async () => {
  project.write('test/a.test.ts', needy.replaceAll('"', "'"));
  const result = await project.runTests({ env: { POSTGRES_URL: away, REQUIRE_SERVERS: '1' } });
  assert.is(result.lastLine, '0 passed, 1 failed', result.output);
  assert.match(result.output, /suites will fail \(REQUIRE_SERVERS=1\) in test\/a\.test\.ts\n/);
});

test('a suite that was skipped without being announced is named below its file', async () => {
  project.write('test/a.test.ts', needy);
  const result = await project.runTests({ env: { POSTGRES_URL: away } });
  assert.is(result.lastLine, '0 passed, 0 failed, 1 skipped', result.output);
  assert.match(result.output, / {8}s: 1 skipped, no answer from postgres \(127\.0\.0\.1:1\)\n/);
});

test('a note of a test is printed though the test passes', async () => {
  project.write('test/a.test.ts', `const t = suite('s'); t('a', () => note('slow')); t.run();`);
  const result = await project.runTests();
  assert.match(result.output, /1 passed, 0 failed {2}[\d.]+ s\n {8}slow\n/);
});

test('no test file is a failure', async () => {
  project.write('test/a.test.ts', passing);
  const result = await project.runTests({ args: ['elsewhere'] });
  assert.is(result.lastLine, '0 passed, 1 failed', result.output);
  assert.is(result.code, 1);
});

test('a file that crashes, or exits before it reported, fails without hiding the others', async () => {
  project.write('test/a.test.ts', `${passing} throw new Error('crash');`);
  project.write('test/b.test.ts', `const t = suite('s'); t('a', () => process.exit(0)); t.run();`);
  project.write('test/c.test.ts', passing);
  const result = await project.runTests();
  assert.is(result.lastLine, '1 passed, 2 failed', result.output);
  assert.match(result.output, /no report: it ended with exit code 1/);
  assert.is(result.code, 1);
});

test('a file that reports success and still exits with an error fails', async () => {
  project.write(
    'test/a.test.ts',
    `${passing} process.on('exit', () => { process.exitCode = 3; });`,
  );
  const result = await project.runTests();
  assert.is(result.lastLine, '1 passed, 1 failed', result.output);
  assert.match(result.output, /its tests passed, but it ended with exit code 3/);
});

test('a file that runs past its limit is killed with what it started, and fails', async () => {
  const source = `
    import { spawn } from 'node:child_process';
    const t = suite('s');
    t('a', () => { spawn('sleep', ['600'], { stdio: 'inherit' }); for (;;); });
    t.run();
  `;
  project.write('test/a.test.ts', source);
  const result = await project.runTests({ env: { TEST_FILE_LIMIT_MS: '1500' } });
  assert.is(result.lastLine, '0 passed, 1 failed', result.output);
  assert.match(result.output, /killed: it ran longer than 1500 ms/);
  assert.is(result.code, 1);
});

test.run();
