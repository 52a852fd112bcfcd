/** The settings of HTTP of a process: those of its configs. */
import { ConfigError } from '../../config/config-error.ts';
import type { ExchangeConfig, HttpSettings } from '../../config/exchange-config.ts';
import { httpSettings } from '../../config/http-settings.ts';
import { entitiesOf, recordServicesOf } from './entities.ts';

/** The settings of the process; undefined without any. Throws `ConfigError` if configs disagree. */
export function httpSettingsOf(configs: readonly ExchangeConfig[]): HttpSettings | undefined {
  const given = configs.flatMap(({ file, http }) => (http === undefined ? [] : [{ file, http }]));
  const [first] = given;
  const other = given.find(({ http }) => JSON.stringify(http) !== JSON.stringify(first?.http));
  if (other === undefined) return first?.http;
  const found = 'other settings';
  const allowed = `those of ${first?.file}: the services of one process share a server`;
  throw new ConfigError([{ file: other.file, pointer: '/http', found, allowed }]);
}

/** The settings of a process that serves HTTP also without any, if it has gateways or records. */
export function httpSettingsOrDefault(
  configs: readonly ExchangeConfig[],
): HttpSettings | undefined {
  const served = [
    ...entitiesOf(configs),
    ...recordServicesOf(configs, 'cards'),
    ...recordServicesOf(configs, 'transactions'),
  ];
  return httpSettingsOf(configs) ?? (served.length === 0 ? undefined : httpSettings({}));
}
