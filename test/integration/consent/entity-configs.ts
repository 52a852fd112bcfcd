/** The package's own configs of the services that keep nodes. */
import { readFileSync } from 'node:fs';
import { sections } from '../../../actors/sections.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { serviceConfigPaths } from '../../../config/load.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';

export type Entity = 'objects' | 'tags' | 'alerts' | 'methods' | 'constants';
export const entities: readonly Entity[] = ['objects', 'tags', 'alerts', 'methods', 'constants'];
/** Changes a config file before it is parsed. */
export type ConfigChange = (config: JsonObject) => JsonObject;
/** By the service whose config it changes. */
export type ConfigChanges = Readonly<Record<string, ConfigChange>>;

export function serviceOf(entity: Entity): string {
  return `${entity}_model_crud`;
}

/** The text of a service's config file. */
export function configText(service: string, changes: ConfigChanges = {}): string {
  const path = serviceConfigPaths().find((one) => one.endsWith(`/${service}.json`)) ?? '';
  const config = JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
  return JSON.stringify(changes[service]?.(config) ?? config);
}

/** Without a broker or a database of its own. */
export function configOf(service: string, changes: ConfigChanges = {}): ExchangeConfig {
  return parseExchangeConfig(configText(service, changes), {
    file: `${service}.json`,
    env: {},
    sections,
  });
}
