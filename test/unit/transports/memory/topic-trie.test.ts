import fc from 'fast-check';
import { TopicTrie } from '../../../../transports/memory/topic-trie.ts';
import { assert, seed, suite } from '../../../support/suite.ts';

const test = suite('topic trie');

/** The definition, word by word, without a tree. */
function matches(pattern: readonly string[], key: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return key.length === 0;
  if (first === '#')
    return matches(rest, key) || (key.length > 0 && matches(pattern, key.slice(1)));
  return key.length > 0 && (first === '*' || first === key[0]) && matches(rest, key.slice(1));
}

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split('.');
}

const patternText = fc
  .array(fc.constantFrom('a', 'b', '', '*', '#'), { maxLength: 5 })
  .map((words) => words.join('.'));
const keyText = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 5 })
  .map((words) => words.join('.'));

test('it finds the patterns that match by definition', () => {
  const property = fc.property(
    fc.array(patternText, { maxLength: 12 }),
    keyText,
    (patterns, key) => {
      const trie = new TopicTrie<string>();
      for (const pattern of patterns) trie.add(pattern, pattern);
      const expected = [...new Set(patterns)].filter((pattern) =>
        matches(wordsOf(pattern), wordsOf(key)),
      );
      assert.equal([...trie.matches(key)].sort(), expected.sort());
    },
  );
  fc.assert(property, { seed: seed(), numRuns: 2_000 });
});

test('what is removed is not found, and what is left is', () => {
  const property = fc.property(
    fc.uniqueArray(patternText, { maxLength: 12 }),
    keyText,
    (patterns, key) => {
      const trie = new TopicTrie<string>();
      for (const pattern of patterns) trie.add(pattern, pattern);
      for (const pattern of patterns.filter((_, index) => index % 2 === 0))
        trie.remove(pattern, pattern);
      const left = patterns.filter((_, index) => index % 2 === 1);
      const expected = left.filter((pattern) => matches(wordsOf(pattern), wordsOf(key)));
      assert.equal([...trie.matches(key)].sort(), expected.sort());
    },
  );
  fc.assert(property, { seed: seed(), numRuns: 500 });
});

test('two values under one pattern are both found', () => {
  const trie = new TopicTrie<number>();
  trie.add('a.*', 1);
  trie.add('a.*', 2);
  trie.remove('a.*', 1);
  trie.add('a.*', 3);
  assert.equal([...trie.matches('a.b')], [2, 3]);
});

test.run();
