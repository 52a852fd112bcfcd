/** Modules of `--module`: what is read of them, and every way in which one is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loadModules } from '../../../cli/module-files.ts';
import { Broken } from '../../../runtime/ports/errors.ts';
import { importEcho } from '../../integration/cli/echo-service.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('modules of the command');
let folder: string;
let written = 0;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'unanimous-modules-'));
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** The path of a module with this code after the import of the echo. */
function moduleOf(code: string): string {
  written += 1;
  const path = join(folder, `module-${written}.mjs`);
  writeFileSync(path, `${importEcho()}${code}\n`);
  return path;
}

async function refused(path: string, problem: string): Promise<void> {
  const error = await loadModules([path]).catch((reason: unknown) => reason);
  assert.instance(error, Broken);
  const { code, at, message } = error as Broken;
  assert.equal([code, at], ['config-invalid', path]);
  assert.match(message, problem);
}

test('a default export is a service, a list, or a function that gives them', async () => {
  const paths = [
    "export default echo('one');",
    "export default [echo('two'), echo('three')];",
    "export default async ({ locks }) => [echo(locks ? 'four' : 'none')];",
  ].map(moduleOf);
  const { services } = await loadModules(paths);
  assert.equal(
    services.map(({ place, service }) => [paths.indexOf(place), service.name]),
    [
      [0, 'one'],
      [1, 'two'],
      [1, 'three'],
      [2, 'four'],
    ],
  );
});

test('a file that is not there is named as given', async () => {
  const absent = relative(process.cwd(), join(folder, 'absent.mjs'));
  await refused(absent, 'found no file; allowed: a module with a default export that is');
});

for (const [code, problem] of [
  ["throw new Error('no licence');", 'the module failed to load: no licence'],
  ['export default {;', 'the module failed to load: Unexpected token'],
  ['export const one = 1, two = 2;', 'found no default export, only the exports one, two'],
  ['', 'found no default export, no exports'],
  ['export default 7;', 'found a number; allowed: a service made by defineService'],
  ["export default { name: 'x' };", 'found an object with name; allowed:'],
  ["export default [echo('one'), null];", 'found null; allowed:'],
  ['export default [];', 'found no service; allowed: a default export that is'],
  ["export default () => { throw new Error('no licence'); };", 'function failed: no licence'],
  ["export default ({ store }) => store('x').read('y', null);", 'before the deployment is open'],
] as const)
  test(`refused: ${code}`, () => refused(moduleOf(code), problem));

test.run();
