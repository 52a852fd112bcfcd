import { assert, suite } from '../support/suite.ts';
import { projectFile, projectFiles } from './project-files.ts';
import { metaphorsIn, wordFindings } from './words.ts';

const test = suite('tidy: words', { deadlineMs: 60_000 });

const refused: readonly [string, string][] = [
  ['runtime/turn/turn.ts', 'const x = y as any;'],
  ['runtime/turn/turn.ts', 'function f(x: any) {}'],
  ['runtime/turn/turn.ts', "test.only('x', f);"],
  ['runtime/turn/turn.ts', 'export enum Kind { A }'],
  ['runtime/turn/turn.ts', 'namespace Old { }'],
  ['runtime/turn/turn.ts', '@Entity()\nclass Row {}'],
  ['runtime/turn/turn.ts', "export * from './x.ts';"],
  ['runtime/turn/turn.ts', '// TODO later'],
  ['runtime/turn/turn.ts', '/* first\n * FIXME */'],
  ['runtime/turn/turn.ts', 'const startMs = Date.now();'],
  ['runtime/turn/turn.ts', 'const start = new Date();'],
  ['runtime/turn/turn.ts', 'setTimeout(f, 1);'],
  ['test/unit/turn.test.ts', 'setInterval(f, 1);'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the sample
  ['actors/cards/machine.ts', 'const id = `card-${Math.random()}`;'],
  ['actors/cards/machine.ts', "import { randomUUID } from 'node:crypto';"],
  ['runtime/turn/turn.ts', 'class TurnManager {}'],
  ['runtime/turn/turn.ts', 'const parse_helper = 1;'],
  ['runtime/string-utils.ts', 'export const x = 1;'],
  ['runtime/common/x.ts', 'export const x = 1;'],
];

const allowed: readonly [string, string][] = [
  ['runtime/ports/clock.ts', 'const nowMs = Date.now();'],
  ['runtime/ports/ids.ts', 'const id = randomUUID();'],
  ['test/support/seed.ts', 'const chance = Math.random();'],
  ['runtime/turn/turn.ts', "const text = 'TODO as any Date.now()'; // why not: many"],
  ['runtime/turn/turn.ts', 'const seen = new Date(nowMs);'],
  ['runtime/turn/turn.ts', 'function f(em: EntityManager): anything {}'],
  ['runtime/turn/turn.ts', 'const pattern = /Math.random|setTimeout/;'],
];

test('each banned word is found once, with its line', () => {
  for (const [path, text] of refused)
    assert.is(wordFindings(projectFile(path, text)).length, 1, `${path}: ${text}`);
  assert.match(
    wordFindings(projectFile('runtime/turn/turn.ts', '\n\nf(Date.now());'))[0] ?? '',
    'runtime/turn/turn.ts:3: Date.now: use the Clock port',
  );
});

test('nothing allowed is found', () => {
  for (const [path, text] of allowed)
    assert.equal(wordFindings(projectFile(path, text)), [], `${path}: ${text}`);
});

test('the project has no banned word', () => {
  const files = projectFiles();
  assert.ok(files.length > 0);
  assert.is(files.flatMap(wordFindings).join('\n'), '');
});

test('a metaphor is found in identifiers and file names, once a file', () => {
  const file = projectFile(
    'cli/door.ts',
    'const openDoor = behindDoors(); const shelvesOf = knock;',
  );
  assert.equal([...metaphorsIn(file).keys()].sort(), [
    'cli/door.ts: door',
    'cli/door.ts: knock',
    'cli/door.ts: shelf',
  ]);
});

test('a letter is a metaphor unless it is dead', () => {
  const found = (code: string) => [...metaphorsIn(projectFile('x.ts', code)).keys()];
  assert.equal(found('const letterId = 1;'), ['x.ts: letter']);
  assert.equal(found("const deadLetters = addDeadLetter('letter'); // a letter"), []);
});

test('no name has a metaphor', () => {
  const found = projectFiles().flatMap((file) => [...metaphorsIn(file)]);
  assert.is(found.map((line) => line.join(' ')).join('\n'), '');
});

test.run();
