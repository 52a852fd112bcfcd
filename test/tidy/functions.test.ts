import { assert, suite } from '../support/suite.ts';
import { functionsOf } from './functions.ts';
import { projectFile } from './project-files.ts';

const test = suite('tidy: functions');

/** `line:length` of each function of the source. */
function measured(...source: readonly string[]): string[] {
  return functionsOf(projectFile('x.ts', source.join('\n'))).map(
    ({ name, lines }) => `${name.replace('x.ts:', '')}:${lines}`,
  );
}

test('declarations, methods and arrows with braces count from their heads', () => {
  assert.equal(measured('function a() {', '  return 1;', '}'), ['1:3']);
  assert.equal(measured('export async function a(', '  b: string,', '): Promise<B> {', '}'), [
    '1:4',
  ]);
  assert.equal(
    measured(
      'class A implements B {',
      '  get b() { return 1; }',
      '  async #c(d: D): E {',
      '  }',
      '}',
    ),
    ['2:1', '3:2'],
  );
  assert.equal(measured('const a = async (b) => {', '  return b;', '};'), ['1:3']);
  assert.equal(measured('const a = (b): b is C => {', '};'), ['1:2']);
});

test('closures inside the tables of an object literal count, with and without braces', () => {
  const found = measured(
    'export function machine() {',
    '  return setup({',
    '    actions: {',
    '      one: write(({ context }: Args) =>',
    "        change('x', { id: context.id }),",
    '      ),',
    '      two: assign({',
    '        a: ({ context }) => {',
    '          return context.a;',
    '        },',
    '        b: ({ context }) => context.b,',
    '      }),',
    '      three: (event) => ({',
    '        c: event.c,',
    '      }),',
    '    },',
    '  });',
    '}',
  );
  assert.equal(found, ['1:18', '4:2', '8:3', '13:3']);
});

test('an arrow on one line counts only if a constant names it', () => {
  assert.equal(measured('const a = (b: B) => b.c;'), ['1:1']);
  assert.equal(measured('const a = list.map((b) => b.c);'), []);
});

test('the arrow of a return type is no function', () => {
  assert.equal(
    measured('class A {', '  b(c: () => void): () => void {', '  }', '  d(): E {', '  }', '}'),
    ['2:2', '4:2'],
  );
});

test('control flow, classes, types and literals are no functions', () => {
  assert.equal(measured('if (a) {', '}', 'for (const b of c(d)) {', '}', 'switch (e) {', '}'), []);
  assert.equal(measured('interface A {', '  b(c: C): D;', '}', 'class A {', '}'), []);
  assert.equal(measured('function a(): B {', '}', 'class A<T> implements B {', '}'), ['1:2']);
  assert.equal(measured('const a = {', '  b: 1,', '};', 'try {', '} catch (e) {', '}'), []);
});

test.run();
