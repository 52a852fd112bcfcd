import fc from 'fast-check';
import { readJson } from '../../../config/json-text.ts';
import { assert, seed, suite } from '../../support/suite.ts';

const test = suite('JSON text');

function problems(text: string) {
  return readJson(text).problems;
}

function reference(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test('same-as-parse: reads what JSON.parse reads, with the same result', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!/"(__proto__|constructor|prototype)"/.test(text));
      assert.equal(readJson(text), { value: JSON.parse(text), problems: [] });
    }),
    { seed: seed(), numRuns: 500 },
  );
});

test('same-as-parse: accepts and refuses damaged text as JSON.parse does', () => {
  const damaged = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom(
        '',
        ',',
        '"',
        '}',
        ']',
        '0',
        '-',
        '\\',
        'e',
        '.',
        '\n',
        '\u0001',
        '\u00a0',
        '\\ud800',
      ),
    )
    .map(
      ([text, at, insert]) =>
        `${text.slice(0, at % (text.length + 1))}${insert}${text.slice((at % (text.length + 1)) + 1)}`,
    );
  fc.assert(
    fc.property(damaged, (text) => {
      const found = problems(text).filter(
        ({ allowed }) => allowed !== 'each key once' && allowed !== 'any other key',
      );
      assert.is(found.length === 0, reference(text) !== undefined, text);
    }),
    { seed: seed(), numRuns: 3000 },
  );
});

test('same-as-parse: skips a byte order mark', () => {
  assert.equal(readJson('\uFEFF{"a":1}').value, { a: 1 });
});

test('a problem has line, column, the text found and the text allowed', () => {
  assert.equal(problems('{\n  "a": 1\n  "b": 2}'), [
    { path: [], line: 3, column: 3, found: '"\\""', allowed: '"," or "}"' },
  ]);
  assert.equal(problems('{"a": [1, 2'), [
    { path: ['a'], line: 1, column: 12, found: 'the end of the file', allowed: '"," or "]"' },
  ]);
  assert.equal(problems('{"a": tru}'), [
    { path: ['a'], line: 1, column: 7, found: '"t"', allowed: 'a JSON value' },
  ]);
  assert.equal(problems('{a: 1}'), [
    { path: [], line: 1, column: 2, found: '"a"', allowed: 'a key in double quotes' },
  ]);
  assert.equal(problems(''), [
    { path: [], line: 1, column: 1, found: 'the end of the file', allowed: 'a JSON value' },
  ]);
  assert.equal(problems('{} x'), [
    { path: [], line: 1, column: 4, found: '"x"', allowed: 'the end of the file' },
  ]);
});

test('forbidden keys: the keys of the prototype are refused at any depth', () => {
  const found = problems('{"__proto__": {}, "a": [{"constructor": 1}],\n "\\u0070rototype": 2}');
  assert.equal(
    found.map(({ path, line, column }) => ({ path, line, column })),
    [
      { path: ['__proto__'], line: 1, column: 2 },
      { path: ['a', '0', 'constructor'], line: 1, column: 26 },
      { path: ['prototype'], line: 2, column: 2 },
    ],
  );
});

test('collected: the value comes without the refused keys', () => {
  assert.equal(readJson('{"a": 1, "a": 2, "constructor": {}, "b": 3}').value, { a: 1, b: 3 });
  assert.is(readJson('{"a": 1,').value, undefined);
});

test('once: a key that occurs twice is refused', () => {
  assert.equal(problems('{"a": 1, "a": 1}'), [
    { path: ['a'], line: 1, column: 10, found: 'the key "a" again', allowed: 'each key once' },
  ]);
});

test('bounded: a text that is too deep for the stack is refused', () => {
  assert.match(problems('['.repeat(100_000))[0]?.allowed ?? '', 'at most 100 levels');
});

test('a string of megabytes is read', () => {
  const long = 'x'.repeat(5_000_000);
  assert.ok(readJson(JSON.stringify(`${long}\\"\n${long}`)).value !== undefined);
});

test.run();
