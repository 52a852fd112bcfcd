/** Runs one of the Python programs beside this file with the system's interpreter. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Json } from '../../../runtime/ports/json.ts';
import { systemPython } from '../../support/programs.ts';

const run = promisify(execFile);
const limitMs = 30_000;

/** Its lines of output; rejects with what it wrote to stderr when it fails. */
export async function pythonLines(
  script: string,
  ...args: readonly string[]
): Promise<readonly string[]> {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url));
  const { stdout } = await run(systemPython, [path, ...args], { timeout: limitMs });
  return stdout.split('\n').filter((line) => line !== '');
}

/** Its lines of output, each of which is JSON. */
export async function pythonJson(
  script: string,
  ...args: readonly string[]
): Promise<readonly Json[]> {
  return (await pythonLines(script, ...args)).map((line) => JSON.parse(line) as Json);
}
