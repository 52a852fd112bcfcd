/**
 * Every setting of a config file with its value and its origin, for a person who asks why a service
 * does something. Pure, but for the files that variables name.
 *
 * - leaves: a setting is a value that is no object, at its JSON pointer; a list is one value.
 * - redacted: a secret is never part of the result, and neither is a value from a secret file.
 * - as written: pointers and values are those of the file format, before variants are resolved.
 */
import { Value } from 'typebox/value';
import { originOf } from './environment.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { givenContent, type ParseOptions, parseExchangeConfig } from './parse.ts';
import { ownValue, type Path, pointerTo } from './pointer.ts';
import { hidden, isSecretKey, redact } from './redact.ts';
import { viewOf } from './schema-view.ts';

export type SettingOrigin =
  | { readonly type: 'file'; readonly file: string }
  | { readonly type: 'environment'; readonly variable: string }
  | { readonly type: 'default' }
  | { readonly type: 'unset' };

export type Setting = {
  readonly pointer: string;
  /** Null where the origin is `unset`. */
  readonly value: Json;
  readonly from: SettingOrigin;
};

/** Objects that hold for each service, also one whose file has none of their keys. */
const alwaysThere: JsonObject = { consent: {}, limits: {}, log: {}, process: { retention: {} } };

/** In the order of the file, then the defaults. Throws `ConfigError` as the parser does. */
export function settingsOf(text: string, options: ParseOptions): readonly Setting[] {
  parseExchangeConfig(text, options);
  const { schema, reading, trust, overlaid, document } = givenContent(text, options);
  const whole = merged(alwaysThere, structuredClone(document));
  const filled = Value.Default(schema, whole) as JsonObject;
  const fileOf = (path: Path): string | undefined => {
    if (hasValue(reading.content, path)) return options.file;
    return trust.isFromFile && hasValue(trust.document, path)
      ? trustFile(options, reading)
      : undefined;
  };
  const from = (path: Path): SettingOrigin => {
    const origin = originOf(path, overlaid.origins);
    if (origin !== undefined) return { type: 'environment', variable: origin.variable };
    const file = fileOf(path);
    return file === undefined ? { type: 'default' } : { type: 'file', file };
  };
  const settings = leavesOf(filled).map(({ path, value }) => ({
    pointer: pointerTo(path),
    value: originOf(path, overlaid.origins)?.secret === true ? hidden : shownAt(path, value),
    from: from(path),
  }));
  const unset = Object.keys(viewOf(schema).properties ?? {})
    .filter((key) => !Object.hasOwn(filled, key) && key !== '$schema')
    .map((key) => ({ pointer: pointerTo([key]), value: null, from: { type: 'unset' } as const }));
  return [...settings, ...unset];
}

/** Objects are merged; of any other value, the one of `over` counts. */
function merged(under: JsonObject, over: JsonObject): JsonObject {
  const both = Object.keys(over).map((key) => {
    const [below, above] = [ownValue(under, key), over[key] ?? null];
    return [key, isJsonObject(below) && isJsonObject(above) ? merged(below, above) : above];
  });
  return { ...over, ...under, ...Object.fromEntries(both) };
}

function trustFile(
  { env }: ParseOptions,
  { content }: { readonly content: JsonObject },
): string | undefined {
  const path = env['trust_file'] || env['TRUST_FILE'] || content['trust_file'];
  return typeof path === 'string' ? path : undefined;
}

/** An object without keys is a leaf too: the key itself is a setting. */
function leavesOf(
  value: Json,
  path: Path = [],
): readonly { readonly path: Path; readonly value: Json }[] {
  const keys = isJsonObject(value) ? Object.keys(value) : [];
  if (!isJsonObject(value) || keys.length === 0) return [{ path, value }];
  return keys.flatMap((key) => leavesOf(ownValue(value, key) ?? null, [...path, key]));
}

function shownAt(path: Path, value: Json): Json {
  return path.some(isSecretKey) ? hidden : (redact(value, path.at(-1)) ?? null);
}

function hasValue(document: JsonObject, path: Path): boolean {
  let value: Json | undefined = document;
  for (const key of path) value = isJsonObject(value) ? ownValue(value, key) : undefined;
  return value !== undefined;
}
