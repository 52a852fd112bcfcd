import { assert, suite } from '../support/suite.ts';
import { missingFileCitations, positionCitations } from './citations.ts';
import { citationCeilings } from './exceptions.ts';
import { projectFile, projectFiles, repositoryPaths } from './project-files.ts';

const test = suite('tidy: citations', { deadlineMs: 60_000 });
const paths = new Set(['docs/wire.md', 'runtime/turn/turn.ts', 'runtime/turn/README.md']);
const missing = (comment: string) =>
  missingFileCitations(projectFile('runtime/turn/mailbox.ts', `// ${comment}`), paths);

test('a cited file must be in the repository', () => {
  assert.equal(missing('see docs/wire.md, `turn.ts`, turn/turn.ts and README.md; Node.js'), []);
  assert.equal(missing('see wire.md'), ['runtime/turn/mailbox.ts:1: wire.md']);
  assert.equal(missing('see docs/protocol.md and `urn.ts`.').length, 2);
  assert.equal(missing('all `*.test.ts`, `<name>-machine.ts` and a.b()'), []);
});

test('a rule cited by its number is found in comments and titles', () => {
  const positions = (text: string) =>
    positionCitations(projectFile('x.ts', text)).map((line) => line.replace('x.ts:', ''));
  assert.equal(positions('\n// holds rule 2 and (S1, S2)'), ['2: rule 2', '2: S1', '2: S2']);
  assert.equal(positions("test('decides once (1, 3)', () => {});"), ['1: (1, 3)']);
  assert.equal(positions("const a = 'rule 2'; f(1, 3); // 403 (404), amqp 0-9-1, S3-like"), [
    '1: S3',
  ]);
});

test('the project cites no more missing files and numbers than its ceilings say', () => {
  const known = new Set(repositoryPaths());
  const files = projectFiles().flatMap((file) => missingFileCitations(file, known));
  const positions = projectFiles().flatMap(positionCitations);
  const above = [
    ...(files.length > citationCeilings.missingFiles ? files : []),
    ...(positions.length > citationCeilings.positions ? positions : []),
  ];
  assert.is(above.join('\n'), '');
});

test.run();
