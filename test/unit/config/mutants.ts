/**
 * Valid configs, changed at random, and the verdict on what the parser makes of each.
 *
 * Job: arbitraries for four kinds of change, and one pure function that judges the parser's result.
 * Boundary: the number of tries is decided elsewhere; `mutation.test.ts` tries some mutants,
 * `config-fuzz.ts` many.
 *
 * - `crash`: the parser threw an error that is no ConfigError.
 * - `silent`: the parser accepted an unknown key, or a value that the JSON Schema refuses.
 * - `unclear`: a problem has no path, no value found, or no values allowed.
 */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type { ConfigIssue } from '../../../config/config-error.ts';
import type { Environment } from '../../../config/environment.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../config/json.ts';
import { serviceConfigPaths } from '../../../config/load.ts';
import { type Path, pointerTo, withoutKey, withValue } from '../../../config/pointer.ts';
import { exchangeConfigSchema } from '../../../config/schema.ts';
import { issuesOfText, pointers, schemes, sections, tags } from './sample.ts';

export interface Mutant {
  readonly text: string;
  readonly env: Environment;
  /** Pointer to a key that no config has. */
  readonly unknownKey?: string;
}

export type Verdict = 'accepted' | 'refused' | 'crash' | 'silent' | 'unclear';

const written: Json = JSON.parse(JSON.stringify(exchangeConfigSchema({ sections, schemes })));
const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(written as JsonObject);
/** Every key that the format has at any depth. */
const knownKeys = new Set(propertyNames(written));

const old: JsonObject = {
  svc_name: 'old',
  publish: ['a', 'b'],
  consume: {
    queue_name: 'q',
    exchanges: { main: { name: 'x', type: 'headers', arguments: { 'x-match': 'all' } } },
  },
  defaults: { durable: true, arguments: { 'x-message-ttl': 5 } },
  reply_exchanges: [{ name: 'r', type: 'direct' }],
  limits: { depth: 5 },
  file_remover: { roots: ['/a'], target: { kind: 's3', bucket: 'b' } },
};
const bases: readonly JsonObject[] = [
  tags,
  old,
  ...serviceConfigPaths().map((path) => JSON.parse(readFileSync(path, 'utf8'))),
];
const base = fc.constantFrom(...bases);

function propertyNames(schema: Json): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    isJsonObject(schema) && isJsonObject(schema['properties'])
      ? Object.keys(schema['properties'])
      : [];
  return [
    ...own,
    ...Object.values(schema).flatMap((inner: Json | undefined) => propertyNames(inner ?? null)),
  ];
}

/** The path of every value inside a value, from the root down. */
function pathsIn(value: Json | undefined, path: Path = []): Path[] {
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
}

function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) => (isJsonObject(inner) ? inner[key] : undefined),
    value,
  );
}

/** Whether the object at `path` has free keys, so that any added key is an entry. */
function isMap(path: Path): boolean {
  const last = path.at(-1) ?? '';
  return ['publish', 'consume', 'subscribe'].includes(last)
    ? path.length === 1
    : ['arguments', 'references', 'links', 'exchanges'].includes(last);
}

function closedObjects(content: JsonObject): Path[] {
  return pathsIn(content).filter((path) => isJsonObject(at(content, path)) && !isMap(path));
}

const anyJson = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const edgeValue = fc.constantFrom<Json>(
  '',
  'direct',
  'fanout',
  'headers',
  'quorum',
  'classic',
  'x'.repeat(300),
  true,
  false,
  0,
  1,
  -1,
  1.5,
  1e30,
  null,
  [],
  {},
  ['a'],
);

function mutantOf(content: JsonObject, more: Partial<Mutant> = {}): Mutant {
  return { text: JSON.stringify(content), env: {}, ...more };
}

const unknownName = fc
  .oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('durabel', 'Name', 'name ', '__proto__', 'toString', 'constructor', 'a/b~c'),
  )
  .filter((key) => !knownKeys.has(key));

/** One unknown key in an object whose keys are fixed. */
export const withUnknownKey: fc.Arbitrary<Mutant> = fc
  .tuple(base, fc.nat(), unknownName, anyJson)
  .map(([content, index, key, value]) => {
    const objects = closedObjects(content);
    const path = [...(objects[index % objects.length] ?? []), key];
    return mutantOf(withValue(content, path, value), { unknownKey: pointerTo(path) });
  });

const change = fc.record({
  at: fc.nat(),
  value: fc.oneof(anyJson, edgeValue),
  remove: fc.boolean(),
});

function changed(
  content: JsonObject,
  { at: index, value, remove }: { at: number; value: Json; remove: boolean },
): JsonObject {
  const all = pathsIn(content).slice(1);
  const path = all[index % Math.max(1, all.length)] ?? ['svc_name'];
  return remove ? withoutKey(content, path) : withValue(content, path, value);
}

/** One to four values replaced or removed. */
export const withChanges: fc.Arbitrary<Mutant> = fc
  .tuple(base, fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([content, changes]) => mutantOf(changes.reduce(changed, content)));

/** Some characters of the text removed, some inserted. */
export const withDamage: fc.Arbitrary<Mutant> = fc
  .tuple(base, fc.nat(), fc.nat({ max: 5 }), fc.string({ maxLength: 3 }))
  .map(([content, start, length, insert]) => {
    const text = JSON.stringify(content, null, 1);
    const cut = start % text.length;
    return { text: text.slice(0, cut) + insert + text.slice(cut + length), env: {} };
  });

const topKeys = [
  'SVC_NAME',
  'PUBLISH',
  'CONSUME',
  'SUBSCRIBE',
  'DEFAULTS',
  'LIMITS',
  'LOG',
  'HIERARCHY',
  'AMQP_URL',
  'FILE_REMOVER',
  'cards',
  'reply_exchanges',
];
const innerKeys = [
  '',
  '__MAIN',
  '__MAIN__TYPE',
  '__MAIN__ARGUMENTS__X',
  '__LEVEL',
  '__DEPTH',
  '__',
  '____PROTO____',
  '__CONSTRUCTOR',
  '_FILE',
  '__X_FILE',
  '__ROOTS',
];
const variable = fc
  .tuple(fc.constantFrom(...topKeys), fc.constantFrom(...innerKeys))
  .map((parts) => parts.join(''));
const variableText = fc.oneof(
  fc.json(),
  fc.string(),
  edgeValue.map((value) => JSON.stringify(value)),
);

/** One to three environment variables. */
export const withEnvironment: fc.Arbitrary<Mutant> = fc
  .tuple(base, fc.dictionary(variable, variableText, { minKeys: 1, maxKeys: 3 }))
  .map(([content, env]) => mutantOf(content, { env }));

function isClear({ file, pointer, found, allowed }: ConfigIssue, env: Environment): boolean {
  const named = file === 'a.json' || Object.hasOwn(env, file.replace('environment variable ', ''));
  return named && (pointer === '' || pointer.startsWith('/')) && found !== '' && allowed !== '';
}

/** `undefined` if the parser threw an error that is no ConfigError. */
function issuesOf({ text, env }: Mutant): readonly ConfigIssue[] | undefined {
  try {
    return issuesOfText(text, env);
  } catch {
    return undefined;
  }
}

export function verdictOn(mutant: Mutant): Verdict {
  const { text, env, unknownKey } = mutant;
  const issues = issuesOf(mutant);
  if (issues === undefined) return 'crash';
  if (unknownKey !== undefined && !pointers(issues).includes(unknownKey)) return 'silent';
  if (!issues.every((issue) => isClear(issue, env))) return 'unclear';
  if (issues.length > 0) return 'refused';
  // The values of variables are not in the text that the JSON Schema checks.
  return Object.keys(env).length > 0 || accepts(JSON.parse(text)) ? 'accepted' : 'silent';
}
