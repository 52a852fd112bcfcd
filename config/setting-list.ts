/**
 * Every setting of a config file with its value and its origin, for a person who asks why a service
 * behaves as it does. Pure, except that it reads the files that variables name.
 *
 * - leaves: a setting is a value other than an object, at its JSON pointer; a list is a single
 *   value.
 * - redacted: a secret is never part of the result, and neither is a value from a secret file.
 * - as written: pointers and values are those of the file format, before variants are resolved.
 */
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { originOf } from './environment.ts';
import { impliedOptions } from './implied-options.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { givenContent, type ParseOptions, parseExchangeConfig } from './parse.ts';
import { ownValue, type Path, pointerTo, valueAt } from './pointer.ts';
import { hidden, isSecretKey, redact } from './redact.ts';
import { schemasAt, viewOf } from './schema-view.ts';

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

/** Objects that every service has, also a service whose file has none of their keys. */
const alwaysThere: JsonObject = { consent: {}, limits: {}, log: {}, process: { retention: {} } };

/** In the order of the file, then the defaults. Throws `ConfigError` as the parser does. */
export function settingsOf(text: string, options: ParseOptions): readonly Setting[] {
  const config = parseExchangeConfig(text, options);
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
  const implied = impliedOptions(config, document).map(({ path, value }) => ({
    pointer: pointerTo(path),
    value,
    from: defaultsFrom(path, document, from),
  }));
  const unset = [[], ...objectPaths(alwaysThere)].flatMap((path) =>
    unsetKeys(schema, filled, path).map((key) => ({
      pointer: pointerTo([...path, key]),
      value: null,
      from: { type: 'unset' } as const,
    })),
  );
  return [...settings, ...implied, ...unset];
}

/** The keys that the object at the path may have, and has not. */
function unsetKeys(schema: TSchema, document: JsonObject, path: Path): readonly string[] {
  const given = valueAt(document, path);
  const keys = schemasAt(schema, path).flatMap((each) =>
    Object.keys(viewOf(each).properties ?? {}),
  );
  return isJsonObject(given)
    ? keys.filter((key) => !Object.hasOwn(given, key) && key !== '$schema')
    : [];
}

function objectPaths(value: JsonObject, path: Path = []): readonly Path[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    isJsonObject(inner) ? [[...path, key], ...objectPaths(inner, [...path, key])] : [],
  );
}

/** An option that an entry lacks comes from the section `defaults`, where the section has it. */
function defaultsFrom(
  path: Path,
  document: JsonObject,
  from: (path: Path) => SettingOrigin,
): SettingOrigin {
  const given = ['defaults', path.at(-1) ?? ''];
  return valueAt(document, given) === null ? { type: 'default' } : from(given);
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
