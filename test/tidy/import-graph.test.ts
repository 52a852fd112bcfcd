import { assert, suite } from '../support/suite.ts';
import { circleDisagreements, fileCircles, folderCircles } from './exceptions.ts';
import {
  arrowCount,
  circlesOf,
  fileGraph,
  floorCount,
  folderGraph,
  packagesBehind,
} from './import-graph.ts';
import { projectFile, projectFiles } from './project-files.ts';

const test = suite('tidy: import graph', { deadlineMs: 60_000 });

const sample = [
  projectFile('index.ts', "export { a } from './upper/a.ts';"),
  projectFile('upper/a.ts', "import type { B } from './b.ts';\nimport 'node:fs';"),
  projectFile('upper/b.ts', "import { c } from '../lower/c.ts';\ntype A = import('./a.ts').A;"),
  projectFile('lower/c.ts', "import { absent } from './absent.ts';\nimport { c } from './c.ts';"),
];

test('a circle of types is a circle of files', () => {
  assert.equal(circlesOf(fileGraph(sample)), [['upper/a.ts', 'upper/b.ts']]);
});

test('files that import one another inside a folder are no circle of folders', () => {
  assert.equal(circlesOf(folderGraph(sample)), []);
});

test('two folders that import each other are a circle, though no file is in one', () => {
  const files = [
    projectFile('x/one.ts', "import '../y/two.ts';"),
    projectFile('y/two.ts', ''),
    projectFile('y/three.ts', "import '../x/four.ts';"),
    projectFile('x/four.ts', ''),
  ];
  assert.equal(circlesOf(fileGraph(files)), []);
  assert.equal(circlesOf(folderGraph(files)), [['x', 'y']]);
});

test('arrows are counted once a pair, floors by the longest way down', () => {
  assert.is(arrowCount(fileGraph(sample)), 4);
  assert.is(arrowCount(folderGraph(sample)), 2);
  assert.is(floorCount(folderGraph(sample)), 3);
  assert.is(floorCount(fileGraph(sample)), 3);
});

test('the project has no circle of files, types included', () => {
  const found = circlesOf(fileGraph(projectFiles()));
  assert.is(circleDisagreements(found, fileCircles).join('\n'), '');
});

test('the project has no circle of folders', () => {
  const found = circlesOf(folderGraph(projectFiles()));
  assert.is(circleDisagreements(found, folderCircles).join('\n'), '');
});

test('packages are followed through files, except where they are loaded later or only types', () => {
  const later = projectFile('later.ts', "import './upper/a.ts';\nvoid import('amqplib');");
  assert.equal([...packagesBehind('later.ts', [...sample, later])], ['node:fs']);
  const both = projectFile(
    'both.ts',
    "import type { B } from './upper/b.ts';\nimport { type C, b } from './upper/b.ts';",
  );
  assert.equal([...packagesBehind('both.ts', [...sample, both])], ['lower/absent.ts']);
});

test('a service is written and specified without a driver of a database, a broker or a log', () => {
  const drivers = /^(?:@mikro-orm|@electric-sql|amqplib|ioredis|pino)/;
  const entryPoints = ['index.ts', 'testing.ts'];
  const behind = entryPoints.flatMap((path) => [...packagesBehind(path, projectFiles())]);
  assert.ok(behind.includes('xstate'));
  assert.equal(
    behind.filter((name) => drivers.test(name)),
    [],
  );
});

test.run();
