/**
 * The settings of a process's inspector, from the configs of the process.
 */
import { ConfigError } from '../../config/config-error.ts';
import type { ExchangeConfig, InspectorSettings } from '../../config/exchange-config.ts';
import { inspectorSettings } from '../../config/inspector-settings.ts';

/**
 * undefined: no config has the section, and the command does not ask for the inspector. Throws
 * `ConfigError` if configs disagree.
 */
export function inspectorSettingsOf(
  configs: readonly ExchangeConfig[],
  isAsked: boolean,
): InspectorSettings | undefined {
  const given = configs.flatMap(({ file, inspector }) =>
    inspector === undefined ? [] : [{ file, inspector }],
  );
  const [first] = given;
  const usual = isAsked ? inspectorSettings({}) : undefined;
  if (first === undefined) return usual;
  const text = JSON.stringify(first.inspector);
  const other = given.find(({ inspector }) => JSON.stringify(inspector) !== text);
  if (other === undefined) return first.inspector;
  const found = 'other settings';
  const allowed = `those of ${first.file}: the services of one process share an inspector`;
  throw new ConfigError([{ file: other.file, pointer: '/inspector', found, allowed }]);
}
