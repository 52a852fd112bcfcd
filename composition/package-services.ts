/** The services of the package as modules, for a runtime or a deployment of somebody's own. */
import { serviceKindOf } from '../actors/catalog.ts';
import type { ServiceModule } from '../actors/modules/service-module.ts';
import { sections } from '../actors/sections.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { entityOf, isMeant, serviceConfigPaths } from '../config/load.ts';
import { shown } from '../config/shown.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { loadExchangeConfigs } from './exchange-configs.ts';

/** A service of the package with its config. */
export interface PackageService extends ServiceModule {
  readonly config: ExchangeConfig;
}

/**
 * The services of entities, each with its gateway (`'objects'` stands for `objects_model_crud` and
 * `objects_api_crud`), or single services by their `svc_name`. Without names: all services of the
 * package. The environment of the process goes over the configs, as in the command. Throws
 * `ConfigError` for a wrong environment, `Broken('config-invalid')` for an unknown name.
 */
export function packageServices(...names: readonly string[]): readonly PackageService[] {
  const configs = loadExchangeConfigs(serviceConfigPaths(), { env: process.env, sections });
  for (const name of names) checkName(name, configs);
  const isChosen = ({ svcName }: ExchangeConfig) => names.some((name) => isMeant(svcName, name));
  const chosen = names.length === 0 ? configs : configs.filter(isChosen);
  return chosen.map((config) => ({ ...serviceKindOf(config), name: config.svcName, config }));
}

function checkName(name: string, configs: readonly ExchangeConfig[]): void {
  if (configs.some(({ svcName }) => isMeant(svcName, name))) return;
  const entities = new Set(configs.flatMap(({ svcName }) => entityOf(svcName) ?? []));
  const services = configs.map(({ svcName }) => svcName);
  throw new Broken(
    'config-invalid',
    `found ${shown(name)}; allowed: an entity (${[...entities].join(', ')}) or a service ` +
      `(${services.join(', ')})`,
    { at: 'packageServices' },
  );
}
