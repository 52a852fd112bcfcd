import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsumerProject } from './consumer-project.ts';
import { type PackedPackage, packPackage } from './packed-package.ts';

const test = suite('package', { deadlineMs: 180_000 });
const folder = mkdtempSync(join(tmpdir(), 'unanimous-package-'));
const subfolder = (name: string) => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};
let packed: PackedPackage;
let project: ConsumerProject;

test.before(async () => {
  packed = await packPackage(subfolder('package'));
  project = new ConsumerProject(subfolder('consumer'));
  await project.install(packed.tarball);
  project.writePrograms();
  await project.compile();
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

/** The inspector's page is built for browsers: its scripts have no types, and names with a digest. */
const isOfThePage = (path: string) => path.startsWith('dist/edge/inspector/built/');
/** The bundled copy of typebox. Its types are those of the dependency. */
const isOfTypebox = (path: string) => path.startsWith('dist/typebox/');

test('the package has compiled files, documents and the built page, nothing else', () => {
  const allowed =
    /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/[\w/-]+\.md|dist\/[\w/-]+(?:\.d\.ts|\.js|\.json))$/;
  const ofThePage =
    /^dist\/edge\/inspector\/built\/(?:index\.html|mark\.svg|assets\/[\w.-]+\.(?:js|css))$/;
  const odd = packed.paths.filter(
    (path) =>
      !(isOfThePage(path) ? ofThePage : allowed).test(path) &&
      !['dist/config/exchange-config.schema.json', 'dist/typebox/license'].includes(path),
  );
  assert.equal(odd, []);
});

test('the documents that the README links to are in the package', () => {
  const readme = readFileSync(`${projectRoot}README.md`, 'utf8');
  const linked = [...readme.matchAll(/\]\((docs\/[^)#]+|CHANGELOG\.md)/g)].map(([, path]) => path);
  assert.ok(linked.includes('docs/tutorial.md'));
  assert.equal(
    linked.filter((path) => !packed.paths.includes(path ?? '')),
    [],
  );
});

test('the page of the inspector is in the package', () => {
  const endings = packed.paths.filter(isOfThePage).map((path) => path.replace(/.*\./, ''));
  assert.equal([...new Set(endings)].sort(), ['css', 'html', 'js', 'svg']);
});

test('no compiled file loads the modules of typebox one by one', () => {
  const loading = packed.paths.filter(
    (path) =>
      path.endsWith('.js') &&
      /(?:from|import\()\s*['"]typebox/.test(
        readFileSync(join(folder, 'consumer/node_modules/unanimous', path), 'utf8'),
      ),
  );
  assert.equal(loading, []);
  assert.ok(packed.paths.includes('dist/typebox/license'));
});

test('no test and no mutant is in the package', () => {
  assert.equal(
    packed.paths.filter((path) => /(?:^|\/)test\/|\.test\.|mutant|bench/.test(path)),
    [],
  );
});

test('each compiled file has its types, and each entry point is there', () => {
  const paths = new Set(packed.paths);
  const compiled = packed.paths.filter(
    (path) => path.endsWith('.js') && !isOfThePage(path) && !isOfTypebox(path),
  );
  assert.equal(
    compiled.filter((path) => !paths.has(path.replace(/\.js$/, '.d.ts'))),
    [],
  );
  const entryPoints = ['index', 'deployment', 'testing', 'cli/cli'].map(
    (name) => `dist/${name}.js`,
  );
  assert.equal(
    entryPoints.filter((path) => !paths.has(path)),
    [],
  );
});

test('a strict project compiles against the package and runs in memory', async () => {
  const answers = (await project.run('out/main.js')).trim().split('\n');
  assert.equal(
    answers.map((line) => JSON.parse(line)),
    [
      { receipt: '12 charged, key of some length' },
      {
        error: {
          code: 400,
          name: 'bad-message',
          message: "/data lacks the key 'order'",
          at: '/data',
        },
      },
    ],
  );
});

test('the specification of the service holds in the project', async () => {
  assert.is(await project.run('out/specification.js'), 'specified\n');
});

test('the command starts from the package', async () => {
  const help = await project.run('node_modules/unanimous/dist/cli/cli.js', '--help');
  assert.match(help, /^Usage: unanimous /);
});

test.run();
