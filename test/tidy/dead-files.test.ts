import { assert, suite } from '../support/suite.ts';
import { type ProjectFile, projectFile, projectFiles } from './project-files.ts';

const test = suite('tidy: dead files', { deadlineMs: 60_000 });
const entries = [
  'cli/cli.ts',
  'index.ts',
  'deployment.ts',
  'http.ts',
  'testing.ts',
  'examples/erase-customer/erase.ts',
  'examples/in-express/shop-app.ts',
  'examples/in-nest/shop-app.ts',
  'edge/inspector/page/main.tsx',
];

/**
 * Files of the product that no other file of the product imports. Imports by tests do not count. A
 * program of the examples is started by a person, or is part of the program of a person.
 */
function deadFiles(files: readonly ProjectFile[]): string[] {
  const product = files.filter(({ path }) => !path.startsWith('test/'));
  const imported = new Set(
    product.flatMap(({ path, imports }) => imports.filter((target) => target !== path)),
  );
  const isTypesOfAPackage = (path: string) => path.endsWith('.d.ts');
  return product
    .map(({ path }) => path)
    .filter((path) => !imported.has(path) && !entries.includes(path) && !isTypesOfAPackage(path));
}

test('a file that only a test or only itself imports is dead', () => {
  const files = [
    projectFile('index.ts', "export { used } from './runtime/used.ts';"),
    projectFile(
      'runtime/used.ts',
      "// import './dead.ts'\nawait import('./lazy.ts');\nconst url = new URL('./child.ts', import.meta.url);",
    ),
    projectFile('runtime/lazy.ts', "import '../config/side.ts';"),
    projectFile('runtime/child.ts', "const text = `import './dead.ts'`;"),
    projectFile('config/side.ts', ''),
    projectFile('runtime/dead.ts', "import type { Self } from './dead.ts';"),
    projectFile('test/unit/dead.test.ts', "import { dead } from '../../runtime/dead.ts';"),
  ];
  assert.equal(deadFiles(files), ['runtime/dead.ts']);
});

test('the project has no dead file', () => {
  const files = projectFiles();
  assert.ok(files.length > 0);
  assert.is(deadFiles(files).join('\n'), '');
});

test.run();
