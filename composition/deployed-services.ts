/**
 * The services of a deployment before any database is open: configs and given services, matched by
 * `svc_name`.
 *
 * - own-first: a given service without a config takes the config with its name, whatever sections
 *   the config has. Any other config is one of a service of the package.
 * - one-name: no two services have one name.
 * - all-at-once: one `ConfigError` has all problems.
 */
import { serviceKindIssues, serviceKindOf } from '../actors/catalog.ts';
import type { ServiceKind, ServicePorts, ServiceStore } from '../actors/modules/service-module.ts';
import { ConfigError, type ConfigIssue } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { shown } from '../config/shown.ts';
import { topologyIssues } from '../config/topology.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { Broken } from '../runtime/ports/errors.ts';
import type { GivenService, PlacedService } from './given-services.ts';

/** A service with its config, ready to be made once its database is open. */
export interface DeployedService {
  readonly config: ExchangeConfig;
  readonly stores: readonly ServiceStore[];
  readonly define: (ports: ServicePorts) => ServiceDefinition;
}

/** Throws `ConfigError`. */
export function deployedServices(
  configs: readonly ExchangeConfig[],
  given: readonly PlacedService[] = [],
): readonly DeployedService[] {
  const waiting = given.filter(({ service }) => service.config === undefined);
  const own = new Map(waiting.map(({ service }) => [service.name, service]));
  const all = [...configs, ...given.flatMap(({ service }) => service.config ?? [])];
  const issues = [
    ...configs.filter(({ svcName }) => !own.has(svcName)).flatMap(serviceKindIssues),
    ...waiting.flatMap((placed) => missingConfig(placed, configs)),
    ...given.flatMap(otherName),
    ...namedTwice(configs, given),
    ...topologyIssues(all),
  ];
  if (issues.length > 0) throw new ConfigError(issues);
  return [
    ...configs.map((config) => ofConfig(config, own.get(config.svcName), all)),
    ...given.flatMap(({ service }) => ofGiven(service, all)),
  ];
}

function missingConfig(
  { place, service }: PlacedService,
  configs: readonly ExchangeConfig[],
): readonly ConfigIssue[] {
  const { name } = service;
  if (configs.some(({ svcName }) => svcName === name)) return [];
  const names = configs.map(({ svcName }) => shown(svcName)).join(', ') || 'none';
  const found = `a service ${shown(name)} without a config`;
  const allowed =
    `a config of its own, or one of the configs with its svc_name (they have ${names}); ` +
    `the command also takes ${shown(`${name}.json`)} beside the module`;
  return [{ file: place, pointer: '/config', found, allowed }];
}

function otherName({ place, service }: PlacedService): readonly ConfigIssue[] {
  const { name, config } = service;
  if (config === undefined || config.svcName === name) return [];
  const found = `the service ${shown(name)} with a config of ${shown(config.svcName)}`;
  return [
    { file: place, pointer: '/config', found, allowed: 'a config with the name of the service' },
  ];
}

interface Named {
  readonly name: string;
  readonly place: string;
}

/** A given service that takes its config from the configs may have the name of that config. */
function namedTwice(
  configs: readonly ExchangeConfig[],
  given: readonly PlacedService[],
): readonly ConfigIssue[] {
  const names = given.map(({ place, service }) => ({ place, name: service.name, service }));
  return [
    ...repeated([
      ...configs.map(({ svcName, file }) => ({ name: svcName, place: file })),
      ...names.filter(({ service }) => service.config !== undefined),
    ]),
    ...repeated(names.filter(({ service }) => service.config === undefined)),
  ];
}

function repeated(named: readonly Named[]): readonly ConfigIssue[] {
  const first = new Map<string, string>();
  return named.flatMap(({ name, place }) => {
    const other = first.get(name);
    if (other === undefined) first.set(name, place);
    const allowed = `a name of its own: ${other} has this one`;
    return other === undefined
      ? []
      : [{ file: place, pointer: '/svc_name', found: shown(name), allowed }];
  });
}

function ofConfig(
  config: ExchangeConfig,
  own: GivenService | undefined,
  all: readonly ExchangeConfig[],
): DeployedService {
  return ofKind(config, own !== undefined && 'define' in own ? own : serviceKindOf(config), all);
}

/** Absent for a service that takes its config from the configs. */
function ofGiven(
  service: GivenService,
  all: readonly ExchangeConfig[],
): readonly DeployedService[] {
  if ('machines' in service) return [{ config: service.config, stores: [], define: () => service }];
  return service.config === undefined ? [] : [ofKind(service.config, service, all)];
}

function ofKind(
  config: ExchangeConfig,
  kind: ServiceKind,
  all: readonly ExchangeConfig[],
): DeployedService {
  return {
    config,
    stores: kind.stores,
    define: (ports) => checkedConfig(config, kind.define(config, ports, all)),
  };
}

/** The journal of a service is found by its config. */
function checkedConfig(config: ExchangeConfig, service: ServiceDefinition): ServiceDefinition {
  if (service.config === config) return service;
  throw new Broken(
    'config-invalid',
    `the service ${shown(config.svcName)} was made with another config than the one given to define`,
    { at: config.file },
  );
}
