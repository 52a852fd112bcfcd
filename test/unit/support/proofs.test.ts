/** The table of proof sizes, the part that a run draws, and the command that runs the proofs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crashScenarios } from '../../integration/consent/scenarios/crash-scenarios.ts';
import { rareCrashes } from '../../integration/consent/scenarios/rare-crashes.ts';
import { voteScenarios } from '../../integration/consent/scenarios/vote-scenarios.ts';
import { failpointsOf } from '../../integration/sweep/sweep.ts';
import type { Proof } from '../../proofs/proof.ts';
import { proofs } from '../../proofs/proofs.ts';
import { type ProofOptions, proofTable, runProofs } from '../../proofs/run-proofs.ts';
import { drawnOfEach, drawnPart } from '../../support/drawn-part.ts';
import { slowFiles } from '../../support/file-costs.ts';
import { projectRoot } from '../../support/project-root.ts';
import { scaledSize, scaleFrom } from '../../support/proof-size.ts';
import { type ScratchProject, scratchProject } from '../../support/scratch-project.ts';
import { assert, suite } from '../../support/suite.ts';

const sizes = suite('proof sizes');

sizes('the full sizes of lists are the lengths of the lists', () => {
  const scenarios = [...voteScenarios, ...crashScenarios, ...rareCrashes];
  assert.is(scaledSize('consent-processes', 1), scenarios.length);
  assert.is(scaledSize('sweep-failpoints', 1), failpointsOf('pglite').length);
});

sizes('a scaled size is a whole number from 1; a scale is a number above 0', () => {
  assert.equal([scaledSize('chaos', 0.1), scaledSize('chaos', 0.0001)], [15, 1]);
  for (const text of ['0', '-1', 'x', '', 'Infinity'])
    assert.throws(() => scaleFrom(text), /expected a number above 0/);
});

sizes('the files of the proofs and the slow test files exist', () => {
  const files = [...proofs.map(({ file }) => file), ...slowFiles];
  assert.equal(
    files.filter((file) => !existsSync(join(projectRoot, file))),
    [],
  );
});

sizes('no two proofs have the same name, and a test file takes no arguments', () => {
  const names = proofs.map(({ name }) => name);
  assert.equal(names, [...new Set(names)]);
  for (const { file, args } of proofs)
    assert.is(args === undefined, file.endsWith('.test.ts'), file);
});

sizes.run();

const drawing = suite('drawn part');
const items = [...'abcdefghij'];

drawing('a part has the wanted number of items in their order, the same for the same seed', () => {
  const part = drawnPart(items, 4, 7);
  assert.is(part.length, 4);
  assert.equal([...part].sort(), part);
  assert.equal(part, drawnPart(items, 4, 7));
  assert.equal(drawnPart(items, 40, 7), items);
});

drawing('over many seeds every item has its turn', () => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed);
  const drawn = new Set(seeds.flatMap((seed) => drawnPart(items, 2, seed)));
  assert.equal([...drawn].sort(), items);
});

drawing('each kind has at least one item when there is room for all kinds', () => {
  const kinds = [['a1'], ['b1', 'b2', 'b3', 'b4', 'b5', 'b6'], ['c1', 'c2']];
  for (let seed = 0; seed < 50; seed += 1) {
    const part = drawnOfEach(kinds, 3, seed);
    assert.equal(
      part.map((name) => name.charAt(0)),
      ['a', 'b', 'c'],
    );
  }
});

drawing.run();

const command = suite('runs of proofs', { deadlineMs: 60_000 });
let project: ScratchProject;
command.before(() => {
  project = scratchProject();
});
command.after(() => project.remove());

function proof(more: Partial<Proof>): Proof {
  return {
    name: 'sample',
    claim: 'it is so',
    size: (scale) => `${scale} samples`,
    needs: [],
    file: 'sample.ts',
    args: (_, seed) => [String(seed)],
    ...more,
  };
}

function options(said: string[] = []): ProofOptions {
  return { scale: 0.5, seed: 11, tree: project.root, say: (line) => void said.push(line) };
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

command('a program holds when it exits 0; it is given its arguments and the seed', async () => {
  project.writePlain(
    'sample.ts',
    `process.exit(process.argv[2] === '11' && process.env.TEST_SEED === '11' ? 0 : 1);`,
  );
  const [result] = await runProofs([proof({})], options());
  assert.equal([result?.verdict, result?.size], ['held', '0.5 samples']);
});

command(
  'a program that fails is told with its output, its seed and the command again',
  async () => {
    project.writePlain('failing.ts', `console.log('lost one'); process.exit(1);`);
    const said: string[] = [];
    const results = await runProofs([proof({ file: 'failing.ts' })], options(said));
    assert.match(said.join('\n'), /lost one/);
    assert.match(proofTable(results), /^sample +0\.5 samples +\d+ {2}FAILED: exit code 1$/m);
    assert.match(
      proofTable(results),
      /^sample failed with seed 11; again: npm run proofs -- --only sample --seed 11 --scale 0\.5$/m,
    );
  },
);

command('a test file holds when a test has passed, at the scaled size', async () => {
  project.write(
    'a.test.ts',
    `const t = suite('s'); t('a', () => assert.is(process.env.PROOFS_SCALE, '0.5')); t.run();`,
  );
  const { args: _, ...test } = proof({ file: 'a.test.ts' });
  assert.is((await runProofs([test], options()))[0]?.verdict, 'held');
  project.write(
    'b.test.ts',
    `const t = suite('s', { needs: ["redis"] }); t('a', () => {}); t.run();`,
  );
  // Where servers are required, a missing server fails the test instead of skipping it.
  const { REDIS_URL: url, REQUIRE_SERVERS: required } = process.env;
  Object.assign(process.env, { REDIS_URL: 'redis://127.0.0.1:1', REQUIRE_SERVERS: '' });
  const [skipping] = await runProofs([{ ...test, file: 'b.test.ts' }], options());
  restore('REDIS_URL', url);
  restore('REQUIRE_SERVERS', required);
  assert.equal([skipping?.verdict, skipping?.reason], ['FAILED', 'no test has passed']);
});

command('a proof whose program is not installed is skipped with the reason', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  const [result] = await runProofs([proof({ needs: ['rabbitmqctl'] })], options());
  process.env['PATH'] = path;
  assert.equal([result?.verdict, result?.reason], ['skipped', 'rabbitmqctl not installed']);
});

command.run();
