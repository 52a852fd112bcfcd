/** The demo's output on a terminal. */
import { columns, Terminal, wrapped } from '../../../cli/demo/terminal.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('terminal');

function printed(use: (terminal: Terminal) => void): readonly string[] {
  const lines: string[] = [];
  use(new Terminal((line) => lines.push(line)));
  return lines;
}

test('a text is broken at spaces; a word that is too long keeps a line for itself', () => {
  assert.equal(wrapped('one two three', 7), ['one two', 'three']);
  assert.equal(wrapped('one', 3), ['one']);
  assert.equal(wrapped('a toolongword b', 5), ['a', 'toolongword', 'b']);
  assert.equal(wrapped('', 5), ['']);
});

test('an empty line stands between a text and the next heading, not before the first', () => {
  assert.equal(
    printed((terminal) => {
      terminal.heading('first');
      terminal.say('text');
      terminal.heading('second');
    }),
    ['first', '  text', '', 'second'],
  );
});

test('no line is wider than the terminal, and further lines are indented as wide as the label', () => {
  const [first = '', second = ''] = printed((terminal) =>
    terminal.labelled('label ', 'word '.repeat(30).trim()),
  );
  assert.ok(first.length <= columns && first.startsWith('  label word word'));
  assert.ok(second.startsWith('        word'));
});

test.run();
