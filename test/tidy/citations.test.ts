import { readFileSync } from 'node:fs';
import { projectRoot } from '../support/project-root.ts';
import { assert, suite } from '../support/suite.ts';
import { missingFileCitations, positionCitations, positionsInDocument } from './citations.ts';
import { missingCitationsMax } from './exceptions.ts';
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
  const title = (text: string) => positions(`suite(\`${text}\`);`);
  assert.equal(title('decides once (1, 3)'), ['1: (1, 3)']);
  assert.equal(title('2, 3: decides once'), ['1: 2, 3:']);
  assert.equal(title(`the first 3: $${'{cut(0, 2)}'}`), []);
  assert.equal(positions("const a = 'rule 2'; f(1, 3); // 403 (404), amqp 0-9-1, S3, V8"), []);
});

test('a rule cited by its number is found in documents', () => {
  const text = 'S3 and a list:\n1. one (1)\n| L4 | rule 3 |';
  assert.equal(positionsInDocument({ path: 'a.md', text }), ['a.md:3: rule 3', 'a.md:3: L4']);
});

test('no comment, test title or document cites a rule by its number', () => {
  const documents = repositoryPaths()
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(`${projectRoot}${path}`, 'utf8') }));
  const found = [
    ...projectFiles().flatMap(positionCitations),
    ...documents.flatMap(positionsInDocument),
  ];
  assert.is(found.join('\n'), '');
});

test('the project cites no more missing files than its ceiling says', () => {
  const known = new Set(repositoryPaths());
  const files = projectFiles().flatMap((file) => missingFileCitations(file, known));
  assert.is(files.length > missingCitationsMax ? files.join('\n') : '', '');
});

test.run();
