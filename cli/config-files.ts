/**
 * The configs and modules that a command works on, read with the environment of this process.
 *
 * - files-or-names: where a config file is named, the name of an entity or a service of the package
 *   stands for the files of the package.
 * - beside: a service of a module without a config takes `<svc_name>.json` beside the module,
 *   unless a given config has the name of the service.
 * - own-sections: a config file may have the sections that a service of a module brings.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sections } from '../actors/sections.ts';
import { loadExchangeConfigs } from '../composition/exchange-configs.ts';
import type { GatheredServices } from '../composition/given-services.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { configPaths, isMeant, serviceConfigPathsOf } from '../config/load.ts';
import { meantName } from '../config/nearest-name.ts';
import type { Sections } from '../config/schema.ts';
import { shown } from '../config/shown.ts';
import { Broken, Refused } from '../runtime/ports/errors.ts';
import { loadModules } from './module-files.ts';

/** Paths of config files and modules. */
export interface ServiceFiles {
  readonly config?: readonly string[];
  readonly module?: readonly string[];
}

/** Services that a command works on, before any database is open. */
export interface CommandServices {
  /** The configs of files, without those that a module brings. */
  readonly configs: readonly ExchangeConfig[];
  /** The services of modules. */
  readonly given: GatheredServices;
}

/**
 * The configs in the files and the services of the modules. Without files: the file that
 * `config_file` names in the environment, else `config.json` of the working folder, else the
 * services of the package. Rejects with `ConfigError` with all problems of all files, with
 * `Broken('config-invalid')` for a module.
 */
export async function loadServices({
  config = [],
  module = [],
}: ServiceFiles): Promise<CommandServices> {
  const given = await loadModules(module);
  const options = { env: process.env, sections: sectionsWith(given) };
  const paths = configPaths(config.flatMap(filesOf), process.env, process.cwd());
  const configs = loadExchangeConfigs(paths, options);
  const beside = filesBeside(given, configs);
  const all = beside.length === 0 ? configs : loadExchangeConfigs([...paths, ...beside], options);
  return { given, configs: all };
}

function filesOf(fileOrName: string): readonly string[] {
  const ofPackage = existsSync(fileOrName) ? [] : serviceConfigPathsOf(fileOrName);
  return ofPackage.length === 0 ? [fileOrName] : ofPackage;
}

function filesBeside(
  { services }: GatheredServices,
  configs: readonly ExchangeConfig[],
): readonly string[] {
  const known = new Set(configs.map(({ svcName }) => svcName));
  const waiting = services.filter(
    ({ service: { name, config } }) => config === undefined && !known.has(name),
  );
  return waiting
    .map(({ place, service }) => join(dirname(place), `${service.name}.json`))
    .filter((path) => existsSync(path));
}

/** Configs of files and modules. */
export function allConfigs({ configs, given }: CommandServices): readonly ExchangeConfig[] {
  return [...configs, ...given.services.flatMap(({ service }) => service.config ?? [])];
}

/**
 * The sections of the package's services and of the given ones. Throws `Broken('config-invalid')`
 * if a given service takes a name of another.
 */
export function sectionsWith({ services }: GatheredServices): Sections {
  const known = new Map(Object.entries(sections));
  for (const { place, service } of services) {
    const own = 'define' in service ? (service.sections ?? {}) : {};
    for (const [name, schema] of Object.entries(own)) {
      const other = known.get(name);
      if (other !== undefined && other !== schema)
        throw new Broken(
          'config-invalid',
          `found a section ${shown(name)}; allowed: a name that no other service has for a section`,
          { at: place },
        );
      known.set(name, schema);
    }
  }
  return Object.fromEntries(known);
}

/**
 * The services with these names, and no others. Throws `Broken('config-invalid')` for unknown
 * names.
 */
export function servicesNamed(
  names: readonly string[],
  { configs, given }: CommandServices,
): CommandServices {
  const isNamed = (name: string) => names.includes(name);
  const known = new Set([
    ...configs.map(({ svcName }) => svcName),
    ...given.services.map(({ service }) => service.name),
  ]);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Broken('config-invalid', unknownText(unknown, [...known]));
  return {
    configs: configs.filter(({ svcName }) => isNamed(svcName)),
    given: { ...given, services: given.services.filter(({ service }) => isNamed(service.name)) },
  };
}

function unknownText(unknown: readonly string[], known: readonly string[]): string {
  const named = unknown.map((name) => `'${name}'${meantService(name, known)}`).join(', ');
  return `no config or --module is the one of service ${named}; the services are ${known.join(', ')}`;
}

function meantService(name: string, known: readonly string[]): string {
  if (existsSync(name)) return ' (a file is named with --config, a module with --module)';
  const ofEntity = known.filter((service) => isMeant(service, name));
  if (ofEntity.length > 0) return ` (did you mean ${ofEntity.join(' ')}, or --config ${name}?)`;
  return meantName(name, known);
}

/** Throws `Refused('not-found')` if no config is the one of the service. */
export function configNamed(configs: readonly ExchangeConfig[], service: string): ExchangeConfig {
  const config = configs.find(({ svcName }) => svcName === service);
  if (config !== undefined) return config;
  const names = configs.map(({ svcName }) => svcName);
  throw new Refused(
    'not-found',
    `no config is the one of service '${service}'${meantName(service, names)}; the services are ${names.join(', ')}`,
  );
}
