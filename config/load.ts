/**
 * Reads config files from the disk.
 *
 * - all-at-once: one `ConfigError` has the problems of all files: problems of each file, a service
 *   that two files name, and contradictions between files.
 * - once: a path given twice is read once.
 * - beside: `config/services/` is found beside this module, in the sources and in `dist/`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, type ConfigIssue } from './config-error.ts';
import type { Environment } from './environment.ts';
import type { ExchangeConfig } from './exchange-config.ts';
import { parseExchangeConfig } from './parse.ts';
import type { FormatParts } from './schema.ts';
import { shown } from './shown.ts';
import { topologyIssues } from './topology.ts';

export interface LoadOptions extends FormatParts {
  readonly env: Environment;
}

/** The configs of these files, in the order of the files. Throws `ConfigError`. */
export function loadExchangeConfigs(
  paths: readonly string[],
  options: LoadOptions,
): readonly ExchangeConfig[] {
  const once = [...new Map(paths.map((path) => [resolve(path), path])).values()];
  const read = once.map((path) => readConfig(path, options));
  const configs = read.flatMap(({ config }) => config);
  const issues = uniqueIssues([
    ...read.flatMap((each) => each.issues),
    ...namedTwice(configs),
    ...topologyIssues(configs),
  ]);
  if (issues.length > 0) throw new ConfigError(issues);
  return configs;
}

/**
 * The files to load: the named files; else the file in the variable `config_file`; else
 * `config.json` of the working folder; else the services of the package.
 */
export function configPaths(
  named: readonly string[],
  env: Environment,
  folder: string,
): readonly string[] {
  const file = env['config_file'] || env['CONFIG_FILE'];
  if (named.length > 0) return named;
  if (file) return [file];
  const own = join(folder, 'config.json');
  return isServiceConfig(own) ? [own] : serviceConfigPaths();
}

/** Whether the file is there and names a service. Other programs have a `config.json`, too. */
function isServiceConfig(path: string): boolean {
  return existsSync(path) && readText(path).includes('"svc_name"');
}

/** Absolute paths of the package's own service files, sorted by name. */
export function serviceConfigPaths(): readonly string[] {
  const folder = fileURLToPath(new URL('./services/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}

const kindsOfEntity = ['_model_crud', '_api_crud'];

/**
 * Whether a name means a service of the package: its `svc_name`, or its entity, which stands for
 * the service of the nodes and its gateway.
 */
export function isMeant(svcName: string, name: string): boolean {
  return svcName === name || kindsOfEntity.some((kind) => svcName === `${name}${kind}`);
}

/** The entity of a service of nodes or of a gateway; undefined for any other service. */
export function entityOf(svcName: string): string | undefined {
  const kind = kindsOfEntity.find((suffix) => svcName.endsWith(suffix));
  return kind === undefined ? undefined : svcName.slice(0, -kind.length);
}

/** The package's own service files that a name means. A file has the name of its service. */
export function serviceConfigPathsOf(name: string): readonly string[] {
  return serviceConfigPaths().filter((path) => isMeant(basename(path, '.json'), name));
}

interface Reading {
  readonly config: readonly ExchangeConfig[];
  readonly issues: readonly ConfigIssue[];
}

function readConfig(path: string, options: LoadOptions): Reading {
  try {
    return {
      config: [parseExchangeConfig(readText(path), { ...options, file: path })],
      issues: [],
    };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return { config: [], issues: thrown.issues };
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const found = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigError([{ file: path, pointer: '', found, allowed: 'a file that can be read' }]);
  }
}

function namedTwice(configs: readonly ExchangeConfig[]): ConfigIssue[] {
  const first = new Map<string, string>();
  return configs.flatMap(({ svcName, file }) => {
    const other = first.get(svcName);
    if (other === undefined) first.set(svcName, file);
    return other === undefined
      ? []
      : [
          {
            file,
            pointer: '/svc_name',
            found: shown(svcName),
            allowed: `a name of its own: ${other} has this one`,
          },
        ];
  });
}

/** A wrong variable is one problem, however many files it applies to. */
function uniqueIssues(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}
