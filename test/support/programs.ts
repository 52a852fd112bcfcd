/**
 * Programs and libraries of other makers that a suite may need, and whether they are installed.
 *
 * Job: one look a program and process: a command on the PATH, or a Python library of the system's own python3.
 * Boundary: installs nothing (`.ci/run` does), and does not start what it finds.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { anvilProgram } from './anvil.ts';
import { postgresFolder } from './postgres-folder.ts';

/** Named as the Debian package; those on the PATH as the command; `anvil` as the npm package. */
export type ProgramName =
  | 'chromium'
  | 'rabbitmqctl'
  | 'rabbitmq-server'
  | 'postgres-server'
  | 'anvil'
  | 'python3-kombu'
  | 'python3-pika'
  | 'python3-aio-pika';

/** Debian's libraries are seen by Debian's interpreter only. */
export const systemPython = '/usr/bin/python3';
/** Debian's browser. */
export const systemBrowser = '/usr/bin/chromium';

const commands = ['rabbitmqctl', 'rabbitmq-server'] as const;
const modules: Readonly<
  Record<
    Exclude<ProgramName, (typeof commands)[number] | 'chromium' | 'postgres-server' | 'anvil'>,
    string
  >
> = {
  'python3-kombu': 'kombu',
  'python3-pika': 'pika',
  'python3-aio-pika': 'aio_pika',
};
const looks = new Map<ProgramName, Promise<boolean>>();

export function isProgram(name: string): name is ProgramName {
  return (
    isCommand(name) ||
    name === 'chromium' ||
    name === 'postgres-server' ||
    name === 'anvil' ||
    Object.hasOwn(modules, name)
  );
}

function isCommand(name: string): name is (typeof commands)[number] {
  return commands.some((command) => command === name);
}

/** Those of `names` that are not installed. */
export async function absentPrograms(names: readonly ProgramName[]): Promise<ProgramName[]> {
  const found = await Promise.all(names.map(looked));
  return names.filter((_, index) => !found[index]);
}

function looked(name: ProgramName): Promise<boolean> {
  const look = looks.get(name) ?? freshLook(name);
  looks.set(name, look);
  return look;
}

/** Whether a suite without the program fails instead of being skipped: the pages have no other test in a browser. */
export function isRequiredProgram(name: ProgramName): boolean {
  return name === 'chromium' && process.env['REQUIRE_SERVERS'] === '1';
}

async function freshLook(name: ProgramName): Promise<boolean> {
  if (name === 'chromium') return isExecutable(systemBrowser);
  if (name === 'postgres-server') return postgresFolder() !== undefined;
  if (name === 'anvil') return anvilProgram() !== undefined;
  return isCommand(name) ? isOnPath(name) : imports(modules[name]);
}

function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function imports(module: string): Promise<boolean> {
  if (!isExecutable(systemPython)) return Promise.resolve(false);
  const child = spawn(systemPython, ['-c', `import ${module}`], { stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}
