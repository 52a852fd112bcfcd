/**
 * The modules that a command loads with `--module`: services of somebody's own.
 *
 * - named: every error begins with the path as given, and says what was found and what is allowed.
 * - Node.js reads the module. A `.ts` file needs a Node.js that strips types, or a loader.
 */
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type GatheredServices, gatheredServices } from '../composition/given-services.ts';
import { Broken, errorText } from '../runtime/ports/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { printError } from './print.ts';

const allowed =
  'a default export that is a service, a list of services, or a function of the ports that gives them';

/**
 * The services of the modules, by their paths. Rejects with `Broken('config-invalid')` for a module
 * that cannot be loaded, and for a default export without a service.
 */
export async function loadModules(paths: readonly string[]): Promise<GatheredServices> {
  const gathered = await settled(paths, async () => {
    const sources = new Map<string, unknown>();
    for (const path of paths) sources.set(path, await defaultExport(path));
    return gatheredServices(sources);
  });
  for (const path of paths)
    if (!gathered.services.some(({ place }) => place === path))
      throw refusal(path, `found no service; allowed: ${allowed}`);
  return gathered;
}

/**
 * The result. If nothing is left that could lead to the result, the process ends with an error that
 * names the modules; Node.js itself exits without a word.
 */
async function settled<Result>(
  paths: readonly string[],
  load: () => Promise<Result>,
): Promise<Result> {
  const tell = () => {
    printError(
      `${paths.join(', ')}: found an await that waits for something that never comes; allowed: ` +
        `a module whose await at the top level, and whose function, end`,
    );
    process.exit(exitCodes.config);
  };
  process.once('beforeExit', tell);
  try {
    return await load();
  } finally {
    process.removeListener('beforeExit', tell);
  }
}

async function defaultExport(path: string): Promise<unknown> {
  const exported = await imported(path);
  if ('default' in exported && exported['default'] !== undefined) return exported['default'];
  const names = Object.keys(exported).filter((name) => name !== 'default');
  const others = names.length === 0 ? 'no exports' : `only the exports ${names.join(', ')}`;
  throw refusal(path, `found no default export, ${others}; allowed: ${allowed}`);
}

async function imported(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) throw refusal(path, `found no file; allowed: a module with ${allowed}`);
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw refusal(path, loadProblem(file, error), error);
  }
}

function loadProblem(file: string, error: unknown): string {
  const isUnknownType =
    error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
  if (isUnknownType && /^\.[mc]?ts$/.test(extname(file)))
    return (
      `found TypeScript, and Node.js ${process.versions.node} does not read TypeScript; allowed: ` +
      'JavaScript, Node.js from 22.18, or a loader such as NODE_OPTIONS="--import tsx"'
    );
  return `the module failed to load: ${errorText(error)}`;
}

function refusal(path: string, problem: string, cause?: unknown): Broken {
  return new Broken('config-invalid', problem, { at: path, cause });
}
