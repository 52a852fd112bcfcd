/** The exchange configs that a command works on, read with the environment of this process. */
import { sections } from '../actors/sections.ts';
import { loadExchangeConfigs } from '../composition/exchange-configs.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { configPaths, serviceConfigPaths } from '../config/load.ts';
import { Refused } from '../runtime/ports/errors.ts';

/**
 * The configs in the files. Without files: the file that `config_file` names in the environment,
 * else the services of the package. Throws `ConfigError` with all problems of all files.
 */
export function loadConfigs(files: readonly string[] = []): readonly ExchangeConfig[] {
  return loadExchangeConfigs(configPaths(files, process.env), { env: process.env, sections });
}

/**
 * Configs of the package by the names of their services. Throws `ConfigError` for a name that is
 * not among them.
 */
export function packageConfigs(services: readonly string[]): readonly ExchangeConfig[] {
  const configs = loadExchangeConfigs(serviceConfigPaths(), { env: process.env, sections });
  return services.map((service) => {
    const config = configs.find(({ svcName }) => svcName === service);
    if (config !== undefined) return config;
    const allowed = namesOf(configs);
    throw new ConfigError([
      { file: 'config/services', pointer: '/svc_name', found: service, allowed },
    ]);
  });
}

/** Throws `Refused('not-found')` if no config is the one of the service. */
export function configNamed(configs: readonly ExchangeConfig[], service: string): ExchangeConfig {
  const config = configs.find(({ svcName }) => svcName === service);
  if (config !== undefined) return config;
  throw new Refused(
    'not-found',
    `no config is the one of service '${service}'; the services are ${namesOf(configs)}`,
  );
}

function namesOf(configs: readonly ExchangeConfig[]): string {
  return configs.map(({ svcName }) => svcName).join(', ');
}
