/** The scripts of `completion`, run by the shells that are installed. */
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { completedCommands } from '../../../cli/completion-tree.ts';
import { buildProgram } from '../../../cli/program.ts';
import { assert, suite } from '../../support/suite.ts';
import { run } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: completion', { deadlineMs: 300_000 });
const execute = promisify(execFile);
const hasShell = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await run(['completion', shell]);
  assert.is(code, 0);
  return stdout;
}

test('bash: the words that may follow, values of options, and files', async () => {
  const folder = await ConfigFolder.open();
  try {
    const script = join(folder.path, 'unanimous.bash');
    await writeFile(script, await scriptOf('bash'));
    await writeFile(join(folder.path, 'some.json'), '{}');
    const completed = async (...words: readonly string[]): Promise<readonly string[]> => {
      const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _unanimous; for each in "\${COMPREPLY[@]}"; do echo "$each"; done`;
      const args = ['-u', '-c', program, 'bash', script, 'unanimous', ...words];
      const { stdout } = await execute('bash', args, { cwd: folder.path });
      return stdout.split('\n').filter((line) => line !== '');
    };
    const first = await completed('');
    for (const { name } of buildProgram().commands.map((each) => ({ name: each.name() })))
      assert.ok(first.includes(name), name);
    assert.equal(await completed('dead-l'), ['dead-letters']);
    assert.equal(await completed('saga', 'cancel-'), ['cancel-held']);
    assert.equal(await completed('sagas', 'list', '--h'), ['--held', '--help']);
    assert.equal(await completed('config', 'topology', '--format', ''), ['mermaid', 'json']);
    assert.equal(await completed('config', 'check', 'some'), ['some.json']);
    assert.equal(await completed('up', '--config', 'so'), ['some.json']);
    assert.equal(await completed('completion', 'z'), ['zsh']);
    assert.equal(await completed('sagas', 'list', '--limit', ''), []);
    assert.equal(await completed('nonsense', 'ser'), ['services']);
  } finally {
    await folder.remove();
  }
});

for (const shell of ['zsh', 'fish'] as const)
  test(`${shell}: the script has every command and option, and ${shell} reads it where it is installed`, async () => {
    const script = await scriptOf(shell);
    for (const { places, commands, options } of completedCommands(buildProgram())) {
      for (const place of places) assert.ok(script.includes(place), place);
      for (const { word } of commands) assert.ok(script.includes(word), word);
      for (const { word } of options)
        assert.ok(script.includes(shell === 'fish' ? `-l ${word.slice(2)}` : word), word);
    }
    if (shell === 'zsh') assert.match(script, /^#compdef unanimous\n/);
    if (hasShell(shell)) {
      const { status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
      assert.equal([status, stderr], [0, '']);
    }
  });

test('another shell is wrong usage, with the shells that are allowed', async () => {
  const { code, stderr } = await run(['completion', 'tcsh']);
  assert.is(code, 2);
  assert.match(stderr, /Allowed choices are bash, zsh, fish/);
});

test.run();
