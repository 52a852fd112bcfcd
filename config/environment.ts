/**
 * Applies environment variables to the content of a config file.
 *
 * Job: find the variables of a config, read the values, set each value at its path, and note its
 * origin. Boundary: changes the content as the file spells it (before variants and defaults); the
 * schema checks the result.
 *
 * - names: every top-level key except `$schema` and `config_file` can be a variable, in lower or in
 *   upper case. If both are set, the lower-case variable wins.
 * - values: a value is JSON, or plain text if the schema accepts the text. `LOG__LEVEL` sets the
 *   key `level` inside `log`, and wins over `LOG`.
 * - older names: `LOG_LEVEL` is `LOG__LEVEL`, and so are the other keys of `log`; the name with
 *   `__` wins.
 * - secret files: `AMQP_URL_FILE` (and the same suffix on other URLs and on names with `__`) names
 *   a file that holds the value. The value is a secret and never shown. Setting both forms is
 *   refused.
 * - empty: an empty variable counts as unset.
 * - shared: a variable never adds an actor's section, and `__` reaches only into objects that the
 *   file has (`consent`, `defaults`, `http`, `inspector`, `limits`, `log` and `process` always
 *   count as present). So services with different files can share an environment.
 */
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { ConfigIssue } from './config-error.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { forbiddenKeys, type JsonTextProblem, readJson } from './json-text.ts';
import { ownValue, type Path, pointerTo, startsWith, withoutKey, withValue } from './pointer.ts';
import { schemasAt, viewOf } from './schema-view.ts';
import { shown } from './shown.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentOptions {
  readonly env: Environment;
  readonly schema: TSchema;
  /** Names of the actors' sections. */
  readonly sections: readonly string[];
  /** The text of a file. Throws if the file cannot be read. */
  readonly readFile: (path: string) => string;
}

/** A path whose value comes from a variable. */
export interface Origin {
  readonly path: Path;
  readonly variable: string;
  readonly secret: boolean;
}

export interface Overlaid {
  readonly document: JsonObject;
  readonly origins: readonly Origin[];
  readonly issues: readonly ConfigIssue[];
}

interface Variable extends Origin {
  readonly text: string;
}

const notFromEnvironment: readonly string[] = ['$schema', 'config_file'];
const urlKeys: readonly string[] = ['amqp_url', 'database_url', 'cache_url'];
/**
 * These objects have no required keys, so they count as present and empty in a file that lacks
 * them.
 */
const alwaysPresent: readonly string[] = [
  'consent',
  'defaults',
  'http',
  'inspector',
  'limits',
  'log',
  'process',
];
const aliases: Readonly<Record<string, string>> = { queue: 'queue_name', queue_name: 'queue' };
const fileSuffix = /_file$/i;
const olderName = /^log_(level|file_name|retention|rotation)$/i;

export function withEnvironment(document: JsonObject, options: EnvironmentOptions): Overlaid {
  const variables = variablesFor(document, options);
  const twice = givenTwice(variables);
  const start: Overlaid = { document, origins: [], issues: twice };
  return variables.reduce((state, variable) => apply(state, variable, options), start);
}

/** The variable that gave the value at `path`, if any. */
export function originOf(path: Path, origins: readonly Origin[]): Origin | undefined {
  const above = origins.filter((origin) => startsWith(path, origin.path));
  return above.toSorted((left, right) => left.path.length - right.path.length).at(-1);
}

export function variableLabel(variable: string): string {
  return `environment variable ${variable}`;
}

/** In the order of application: a key before the keys inside it, upper case before lower case. */
function variablesFor(document: JsonObject, options: EnvironmentOptions): Variable[] {
  const given = Object.entries(options.env).flatMap(([name, text]) =>
    text ? variableOf(name, text, document, options) : [],
  );
  return given.sort(
    (left, right) =>
      left.path.length - right.path.length || (left.variable < right.variable ? -1 : 1),
  );
}

function variableOf(
  name: string,
  text: string,
  document: JsonObject,
  { schema, sections }: EnvironmentOptions,
): Variable[] {
  const [first = '', ...rest] = name.replace(olderName, 'log__$1').split('__');
  const names = Object.keys(viewOf(schema).properties ?? {}).filter(
    (key) => !notFromEnvironment.includes(key),
  );
  const top = topKey(first, names);
  if (top === undefined) {
    const url =
      rest.length === 0 && fileSuffix.test(first)
        ? topKey(first.replace(fileSuffix, ''), urlKeys)
        : undefined;
    return url === undefined ? [] : [{ path: [url], variable: name, text, secret: true }];
  }
  if (sections.includes(top) && !Object.hasOwn(document, top)) return [];
  return [{ variable: name, text, ...insidePath(top, rest, document, schema) }];
}

function topKey(name: string, keys: readonly string[]): string | undefined {
  return keys.find((key) => key === name || key.toUpperCase() === name);
}

function insidePath(
  top: string,
  names: readonly string[],
  document: JsonObject,
  schema: TSchema,
): Pick<Origin, 'path' | 'secret'> {
  const path = [top];
  for (const name of names)
    path.push(spelled(name, keysAt(path, document, schema)) ?? name.toLowerCase());
  const last = path.at(-1) ?? '';
  const above = path.slice(0, -1);
  if (names.length === 0 || !fileSuffix.test(last)) return { path, secret: false };
  const known = keysAt(above, document, schema);
  const held = known.includes(last) ? undefined : spelled(last.replace(fileSuffix, ''), known);
  return held === undefined ? { path, secret: false } : { path: [...above, held], secret: true };
}

/**
 * The key that a part of a variable's name stands for. Keys below the top level may have any case.
 */
function spelled(name: string, keys: readonly string[]): string | undefined {
  return keys.includes(name) ? name : keys.find((key) => key.toLowerCase() === name.toLowerCase());
}

function keysAt(path: Path, document: JsonObject, schema: TSchema): readonly string[] {
  const value = valueAt(document, path);
  const ownKeys = isJsonObject(value) ? Object.keys(value) : [];
  return [
    ...ownKeys,
    ...schemasAt(schema, path).flatMap((each) => Object.keys(viewOf(each).properties ?? {})),
  ];
}

function valueAt(document: JsonObject, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) => (isJsonObject(value) ? ownValue(value, key) : undefined),
    document,
  );
}

function givenTwice(variables: readonly Variable[]): ConfigIssue[] {
  const plain = new Map(
    variables
      .filter(({ secret }) => !secret)
      .map(({ path, variable }) => [pointerTo(path), variable]),
  );
  return variables.flatMap(({ path, variable, secret }) => {
    const other = secret ? plain.get(pointerTo(path)) : undefined;
    return other === undefined
      ? []
      : [issueOf({ path, variable }, `${variable} and ${other}`, 'one of the two')];
  });
}

function apply(state: Overlaid, variable: Variable, options: EnvironmentOptions): Overlaid {
  const refusedKey = variable.path.find((key) => forbiddenKeys.includes(key));
  if (refusedKey !== undefined)
    return withIssues(state, [issueOf(variable, `the key ${shown(refusedKey)}`, 'any other key')]);
  const target = targetFor(state.document, variable.path);
  if (target === 'absent') return state;
  if (target !== 'present')
    return withIssues(state, [
      issueOf(
        variable,
        target.found,
        'the whole value as JSON in one variable, because the file has no object here',
      ),
    ]);
  const text = variable.secret ? secretOf(variable, options) : variable.text;
  if (typeof text !== 'string') return withIssues(state, [text]);
  const reading = decoded(text, variable, schemasAt(options.schema, variable.path));
  return 'issues' in reading
    ? withIssues(state, reading.issues)
    : put(state, variable, reading.value);
}

function put(state: Overlaid, { path, variable, secret }: Variable, value: Json): Overlaid {
  const alias = path.length === 3 ? aliases[path[2] ?? ''] : undefined;
  const before =
    alias === undefined
      ? state.document
      : withoutKey(state.document, [...path.slice(0, -1), alias]);
  return {
    ...state,
    document: withValue(before, path, value),
    origins: [...state.origins, { path, variable, secret }],
  };
}

function withIssues(state: Overlaid, issues: readonly ConfigIssue[]): Overlaid {
  return { ...state, issues: [...state.issues, ...issues] };
}

/**
 * Whether the object that holds the path exists; `found` is a value on the way that is no object.
 */
function targetFor(
  document: JsonObject,
  path: Path,
): 'present' | 'absent' | { readonly found: string } {
  for (let length = 1; length < path.length; length += 1) {
    const above = path.slice(0, length);
    const value = valueAt(document, above);
    if (value === undefined) return alwaysPresent.includes(above[0] ?? '') ? 'present' : 'absent';
    if (!isJsonObject(value)) return { found: shown(value, above) };
  }
  return 'present';
}

function secretOf(variable: Variable, { readFile }: EnvironmentOptions): string | ConfigIssue {
  try {
    return readFile(variable.text).replace(/\r?\n$/, '');
  } catch {
    return issueOf(
      variable,
      `${shown(variable.text)}, which cannot be read`,
      'the path of a file that holds the value',
    );
  }
}

type Decoded = { readonly value: Json } | { readonly issues: readonly ConfigIssue[] };

function decoded(text: string, variable: Variable, schemas: readonly TSchema[]): Decoded {
  const asText = schemas.some((schema) => Value.Check(schema, text));
  const nested = /^\s*[[{]/.test(text);
  if (asText && !nested) return { value: text };
  const reading = readJson(/^(true|false)$/i.test(text) ? text.toLowerCase() : text);
  if (reading.value !== undefined && reading.problems.length === 0) return { value: reading.value };
  return asText || !nested
    ? { value: text }
    : { issues: reading.problems.map((problem) => jsonIssue(variable, problem)) };
}

function jsonIssue(
  { path, variable }: Variable,
  { path: inside, line, column, found, allowed }: JsonTextProblem,
): ConfigIssue {
  return { ...issueOf({ path: [...path, ...inside], variable }, found, allowed), line, column };
}

function issueOf(
  { path, variable }: Pick<Origin, 'path' | 'variable'>,
  found: string,
  allowed: string,
): ConfigIssue {
  return { file: variableLabel(variable), pointer: pointerTo(path), found, allowed };
}
