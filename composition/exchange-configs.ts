/**
 * Exchange configs, with the broker URLs of the transports that there are.
 *
 * Boundary: `config/` reads and checks; this file hands it the schemes of `transport-schemes.ts`.
 */
import type { TSchema } from 'typebox';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { type LoadOptions, loadExchangeConfigs as load } from '../config/load.ts';
import { type ParseOptions, parseExchangeConfig as parse } from '../config/parse.ts';
import { type Sections, exchangeConfigSchema as schemaOf } from '../config/schema.ts';
import { type Setting, settingsOf } from '../config/setting-list.ts';
import { transportSchemes as schemes } from './transport-schemes.ts';

/**
 * The config in `text`. Throws `ConfigError` with every problem of the file and of the environment
 * that goes over it.
 */
export function parseExchangeConfig(
  text: string,
  { file, env, sections }: Pick<ParseOptions, 'file' | 'env' | 'sections'>,
): ExchangeConfig {
  return parse(text, { file, env, sections, schemes });
}

/** The configs of these files, in their order. Throws `ConfigError` with the problems of all files. */
export function loadExchangeConfigs(
  paths: readonly string[],
  { env, sections }: Pick<LoadOptions, 'env' | 'sections'>,
): readonly ExchangeConfig[] {
  return load(paths, { env, sections, schemes });
}

/** Every setting of the config in `text`, with its origin. Throws `ConfigError` as the parser does. */
export function exchangeConfigSettings(
  text: string,
  { file, env, sections }: Pick<ParseOptions, 'file' | 'env' | 'sections'>,
): readonly Setting[] {
  return settingsOf(text, { file, env, sections, schemes });
}

/** The JSON Schema of a whole file. Throws when a section takes a name of the format. */
export function exchangeConfigSchema(sections: Sections): TSchema {
  return schemaOf({ sections, schemes });
}
