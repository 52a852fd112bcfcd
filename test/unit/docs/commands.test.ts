/**
 * The commands of README.md and CONTRIBUTING.md are commands of this project. Tests run the demo, the suite and the proofs; here each
 * command only has to be there.
 */
import { readFileSync } from 'node:fs';
import { docBlocks, documents } from '../../support/doc-blocks.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('documents: commands');

type Manifest = {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const manifest: Manifest = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8'));
const self = 'test/unit/docs/commands.test.ts';

/** Every command of the blocks that name this test, without its comment. */
function commands(): readonly string[] {
  const blocks = documents().flatMap((path) => docBlocks(path));
  const lines = blocks.filter(({ run }) => run === self).flatMap(({ text }) => text.split('\n'));
  const plain = lines.flatMap((line) => line.replace(/#.*/, '').split('&&'));
  return plain.map((command) => command.trim()).filter((command) => command !== '');
}

function isKnown(command: string): boolean {
  const [program, verb = '', ...rest] = command.split(/\s+/);
  if (program !== 'npm') return false;
  const { name, dependencies, devDependencies } = manifest;
  const installable = [name, ...Object.keys({ ...dependencies, ...devDependencies })];
  if (verb === 'ci' || verb === 'test') return true;
  if (verb === 'run') return Object.hasOwn(manifest.scripts, rest[0] ?? '');
  const packages = rest.filter((word) => !word.startsWith('--'));
  return verb === 'install' && packages.every((each) => installable.includes(each));
}

test('every command is an npm command with a script or package that is there', () => {
  assert.ok(commands().length > 5);
  assert.equal(
    commands().filter((command) => !isKnown(command)),
    [],
  );
});

test('a package that the README imports is in its install lines', () => {
  const imported = docBlocks('README.md').flatMap(({ text }) =>
    [...text.matchAll(/from '([a-z@][^'/]*)/g)].map(([, name = '']) => name),
  );
  const installed = commands().flatMap((command) => command.split(/\s+/));
  assert.ok(imported.includes('typebox'));
  assert.equal(
    imported.filter((name) => !installed.includes(name) && !name.startsWith('node:')),
    [],
  );
});

test('every script that a document names in a sentence is there', () => {
  const named = documents().flatMap((path) =>
    [
      ...readFileSync(`${projectRoot}${path}`, 'utf8').matchAll(/npm run (?:--silent )?([\w:]+)/g),
    ].map(([, script = '']) => ({ path, script })),
  );
  assert.equal(
    named.filter(({ script }) => !Object.hasOwn(manifest.scripts, script)),
    [],
  );
});

test.run();
