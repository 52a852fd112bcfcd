import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { promisify } from 'node:util';
import { projectRoot } from '../support/project-root.ts';
import { assert, suite } from '../support/suite.ts';
import { projectFiles } from './project-files.ts';

type Versions = Readonly<Record<string, string>>;

interface Manifest {
  readonly license: string;
  readonly engines: Versions;
  readonly dependencies: Versions;
  readonly peerDependencies: Versions;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly devDependencies: Versions;
}

type BillOfMaterials = {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly properties?: readonly { readonly name: string }[];
  }[];
};

const test = suite('tidy: package', { deadlineMs: 60_000 });
/**
 * Benchmarks that compare this package with others. The others are dependencies in a separate
 * manifest.
 */
const peers = 'test/bench/peers/';
/** Runs in a browser: what it imports is part of the built page. */
const page = 'edge/inspector/page/';
const read = (path: string) =>
  existsSync(`${projectRoot}${path}`) ? readFileSync(`${projectRoot}${path}`, 'utf8') : '';
const manifest: Manifest = JSON.parse(read('package.json'));
const lock: { packages: { '': Manifest } } = JSON.parse(read('package-lock.json'));

/** `typebox` for `typebox/value`, `@mikro-orm/core` for `@mikro-orm/core/x`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function packagesImportedBy(isWanted: (path: string) => boolean): string[] {
  const files = projectFiles().filter(({ path }) => isWanted(path));
  const foreign = files.flatMap(({ imports }) =>
    imports.filter((target) => !/\.(?:tsx?|css|json)$/.test(target)),
  );
  return [...new Set(foreign.filter((target) => !isBuiltin(target)).map(packageOf))];
}

test('every version is exact, and the lock file agrees', () => {
  const versions = { ...manifest.dependencies, ...manifest.devDependencies };
  const loose = Object.entries(versions).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
  );
  assert.equal(loose, []);
  const locked = lock.packages[''];
  assert.equal({ ...locked.dependencies, ...locked.devDependencies }, versions);
});

test('the licence is MIT, in the manifest and in the file', () => {
  assert.is(manifest.license, 'MIT');
  assert.match(read('LICENSE'), /^MIT License\n\nCopyright \(c\) \d{4} unanimous maintainers\n/);
});

test('every package that the product imports is a dependency', () => {
  const optional = Object.keys(manifest.peerDependencies);
  const runtime = [...Object.keys(manifest.dependencies), ...optional];
  const all = [...runtime, ...Object.keys(manifest.devDependencies)];
  const isPublished = (path: string) =>
    !/^(?:test|examples)\//.test(path) && !path.startsWith(page);
  const missing = packagesImportedBy(isPublished).filter((name) => !runtime.includes(name));
  const missingInTests = packagesImportedBy(
    (path) => /^(?:test|examples)\//.test(path) && !path.startsWith(peers),
  ).filter((name) => !all.includes(name));
  assert.equal({ missing, missingInTests }, { missing: [], missingInTests: [] });
});

test('a package that is loaded only where a config needs the package is an optional peer', () => {
  const optional = Object.keys(manifest.peerDependencies);
  const { peerDependenciesMeta: meta } = manifest;
  assert.equal(
    optional.filter((name) => meta[name]?.optional !== true),
    [],
  );
  assert.equal(
    projectFiles()
      .filter(({ path }) => !path.startsWith('test/'))
      .flatMap(({ path, text }) =>
        optional
          .filter((name) => new RegExp(`^import (?!type).*from '${name}'`, 'm').test(text))
          .map((name) => `${path} imports ${name}`),
      ),
    [],
  );
});

test('packages that only the benchmarks import have their own manifest and exact versions', () => {
  const theirs: Manifest = JSON.parse(read(`${peers}package.json`));
  const loose = Object.entries(theirs.dependencies).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  assert.equal(loose, []);
  assert.equal(
    Object.keys(theirs.dependencies).filter((name) => Object.hasOwn(manifest.dependencies, name)),
    [],
  );
});

test('the bill of materials has every runtime dependency in its version, and marks the tools of development', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
    cwd: projectRoot,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { bomFormat, components }: BillOfMaterials = JSON.parse(stdout);
  const tools = components.filter(({ properties = [] }) =>
    properties.some(({ name }) => name === 'cdx:npm:package:development'),
  );
  const namesOf = (parts: typeof components) =>
    parts.map(({ name, version }) => `${name}@${version}`);
  const shipped = new Set(namesOf(components.filter((each) => !tools.includes(each))));
  const marked = new Set(namesOf(tools));
  const named = (versions: Versions) => Object.entries(versions).map((entry) => entry.join('@'));
  assert.is(bomFormat, 'CycloneDX');
  assert.equal(
    named(manifest.dependencies).filter((each) => !shipped.has(each)),
    [],
  );
  assert.equal(
    named(manifest.devDependencies).filter((each) => !marked.has(each) && !shipped.has(each)),
    [],
  );
});

test('the README names every runtime dependency', () => {
  const readme = read('README.md');
  assert.equal(
    Object.keys(manifest.dependencies).filter((name) => !readme.includes(name)),
    [],
  );
});

test.run();
