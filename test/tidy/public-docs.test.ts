/**
 * Every name that the package exports has a doc comment at its declaration. Editors show the
 * comment.
 */
import { posix } from 'node:path';
import { assert, suite } from '../support/suite.ts';
import { type ProjectFile, projectFile, projectFiles } from './project-files.ts';

const test = suite('tidy: public docs', { deadlineMs: 60_000 });

interface Export {
  readonly name: string;
  readonly path: string;
}

/** `export { one, type Two } from './file.ts'`. */
function exportsOf({ path, text }: ProjectFile): readonly Export[] {
  const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\} from '(\.[^']+)'/g)];
  return lists.flatMap(([, names = '', from = '']) =>
    namesIn(names).map((name) => ({ name, path: posix.join(posix.dirname(path), from) })),
  );
}

function namesIn(list: string): readonly string[] {
  const names = list.split(',').map((name) => name.trim().replace(/^type /, ''));
  return names.filter((name) => name !== '');
}

/** True if a doc comment stands directly before the declaration. A file may re-export the name. */
function isDescribed({ name, path }: Export, files: readonly ProjectFile[]): boolean {
  const file = files.find((each) => each.path === path);
  if (file === undefined) return false;
  const declared = new RegExp(
    `^export (?:async |abstract )?(?:function|class|interface|type|const) ${name}\\b`,
    'm',
  ).exec(file.text);
  if (declared !== null) return file.text.slice(0, declared.index).trimEnd().endsWith('*/');
  const handedOn = exportsOf(file).find((each) => each.name === name);
  return handedOn !== undefined && isDescribed(handedOn, files);
}

function undescribed(entries: readonly string[], files: readonly ProjectFile[]): string[] {
  const exported = files.filter(({ path }) => entries.includes(path)).flatMap(exportsOf);
  assert.ok(exported.length > 0);
  return exported
    .filter((each) => !isDescribed(each, files))
    .map(({ name, path }) => `${path}: ${name}`);
}

test('a name without a doc comment, and a name without a declaration, are found', () => {
  const files = [
    projectFile(
      'index.ts',
      "export { one, type Two, three, five } from './a.ts';\nexport type { Four } from './b.ts';",
    ),
    projectFile(
      'a.ts',
      `/** Head. */\nimport "x";\n\n/** Good. */\nexport function one() {}\n\nexport interface Two {}\nexport { five } from './b.ts';\n`,
    ),
    projectFile(
      'b.ts',
      '/** Good. */\nexport type Four = 4;\n\n/** Good. */\nexport const five = 5;\n',
    ),
  ];
  assert.equal(undescribed(['index.ts'], files), ['a.ts: Two', 'a.ts: three']);
});

test('every name of the public entry points is described', () => {
  assert.is(
    undescribed(['index.ts', 'deployment.ts', 'http.ts', 'testing.ts'], projectFiles()).join('\n'),
    '',
  );
});

test.run();
