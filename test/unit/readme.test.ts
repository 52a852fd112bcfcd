/** The README's service is complete and runs as written. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { assert, suite } from '../support/suite.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const test = suite('README', { deadlineMs: 60_000 });
let folder = '';

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unanimous-readme-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

async function example(): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, code] = /```ts\n(import[\s\S]*?)```/.exec(readme) ?? [];
  return code ?? '';
}

/** The package by its sources, and its dependencies where they are installed: the scratch folder has neither. */
function resolved(code: string): string {
  const index = pathToFileURL(join(root, 'index.ts')).href;
  const xstate = import.meta.resolve('xstate');
  return code.replace("from 'unanimous'", `from '${index}'`).replace("from 'xstate'", `from '${xstate}'`);
}

test('its service is shorter than 60 lines', async () => {
  const lines = (await example()).trimEnd().split('\n');
  assert.ok(lines.length > 20 && lines.length < 60, `${lines.length} lines`);
});

test('its service runs as written and answers the order', async () => {
  const file = join(folder, 'orders.mts');
  await writeFile(file, resolved(await example()));
  const { stdout } = await run(process.execPath, [...process.execArgv, file], { cwd: root });
  assert.match(stdout, /receipt: '12 charged under orders\/order\//);
});

test.run();
