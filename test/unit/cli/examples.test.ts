/** Every command has an example, and commander takes each example. */
import type { Command } from 'commander';
import { examples, examplesOf } from '../../../cli/examples.ts';
import { buildProgram } from '../../../cli/program.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('examples of commands');

function leaves(command: Command, path: readonly string[] = []): readonly string[] {
  return command.commands.length === 0
    ? [path.join(' ')]
    : command.commands.flatMap((each) => leaves(each, [...path, each.name()]));
}

/** Every command only notes its path. */
function noting(command: Command, ran: string[], path: readonly string[] = []): void {
  if (command.commands.length === 0) command.action(() => void ran.push(path.join(' ')));
  for (const inner of command.commands) noting(inner, ran, [...path, inner.name()]);
}

/** Words as a shell takes them; examples have no other quotes. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, inner, bare]) => inner ?? bare ?? '');
}

test('each command has an example, and no example is of another command', () => {
  assert.equal(Object.keys(examples).sort(), [...leaves(buildProgram())].sort());
  for (const [path, list] of Object.entries(examples))
    assert.ok(list.length > 0, `${path} has no example`);
});

for (const path of Object.keys(examples))
  test(`${path}: its examples are taken`, async () => {
    for (const line of examplesOf(path)) {
      const program = buildProgram();
      const ran: string[] = [];
      noting(program, ran);
      const [name, ...args] = words(line);
      await program.parseAsync(args, { from: 'user' });
      assert.equal([name, ran], ['unanimous', [path]], line);
    }
  });

test.run();
