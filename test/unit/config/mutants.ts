/**
 * Configs that were right once, changed at random, and what the parser makes of them.
 *
 * Job: arbitraries for four kinds of change, and one pure function that judges the parser's answer.
 * Boundary: decides nothing about how many are tried; `mutation.test.ts` tries some, `config-fuzz.ts` many.
 *
 * 1. `crash`: anything thrown that is no ConfigError. `silent`: an unknown key, or what the JSON Schema refuses, was accepted.
 *    `unclear`: a problem without its place, without what was found or without what is allowed.
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
import { issuesOfText, pointers, sections, tags } from './sample.ts';

export interface Mutant {
  readonly text: string;
  readonly env: Environment;
  /** Pointer to a key that no config has. */
  readonly unknownKey?: string;
}

export type Verdict = 'accepted' | 'refused' | 'crash' | 'silent' | 'unclear';

const written: Json = JSON.parse(JSON.stringify(exchangeConfigSchema(sections)));
const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(written as JsonObject);
/** Every key the format has anywhere. */
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

/** Every place in a value, from the root down. */
function places(value: Json | undefined, path: Path = []): Path[] {
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) => (isJsonObject(inner) ? inner[key] : undefined),
    value,
  );
}

/** Objects with free keys: whatever is added there is an entry. */
function isMap(path: Path): boolean {
  const last = path.at(-1) ?? '';
  return ['publish', 'consume', 'subscribe'].includes(last)
    ? path.length === 1
    : ['arguments', 'references', 'exchanges'].includes(last);
}

function closedObjects(content: JsonObject): Path[] {
  return places(content).filter((path) => isJsonObject(at(content, path)) && !isMap(path));
}

const anyJson = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const telling = fc.constantFrom<Json>(
  ...['', 'direct', 'fanout', 'headers', 'quorum', 'classic', 'x'.repeat(300)],
  ...[true, false, 0, 1, -1, 1.5, 1e30, null],
  ...[[], {}, ['a']],
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

/** One key too many, in an object whose keys are all known. */
export const withUnknownKey: fc.Arbitrary<Mutant> = fc
  .tuple(base, fc.nat(), unknownName, anyJson)
  .map(([content, index, key, value]) => {
    const objects = closedObjects(content);
    const path = [...(objects[index % objects.length] ?? []), key];
    return mutantOf(withValue(content, path, value), { unknownKey: pointerTo(path) });
  });

const change = fc.record({ at: fc.nat(), value: fc.oneof(anyJson, telling), remove: fc.boolean() });

function changed(
  content: JsonObject,
  { at: index, value, remove }: { at: number; value: Json; remove: boolean },
): JsonObject {
  const all = places(content).slice(1);
  const path = all[index % Math.max(1, all.length)] ?? ['svc_name'];
  return remove ? withoutKey(content, path) : withValue(content, path, value);
}

/** One to four values replaced or removed. */
export const withChanges: fc.Arbitrary<Mutant> = fc
  .tuple(base, fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([content, changes]) => mutantOf(changes.reduce(changed, content)));

/** Some characters cut out of the text, some put in. */
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
  telling.map((value) => JSON.stringify(value)),
);

/** One to three variables of the environment that go over the file. */
export const withEnvironment: fc.Arbitrary<Mutant> = fc
  .tuple(base, fc.dictionary(variable, variableText, { minKeys: 1, maxKeys: 3 }))
  .map(([content, env]) => mutantOf(content, { env }));

function isClear({ file, pointer, found, allowed }: ConfigIssue, env: Environment): boolean {
  const named = file === 'a.json' || Object.hasOwn(env, file.replace('environment variable ', ''));
  return named && (pointer === '' || pointer.startsWith('/')) && found !== '' && allowed !== '';
}

/** undefined when it threw something that is no ConfigError. */
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
  // What the environment puts over the file is no part of its text.
  return Object.keys(env).length > 0 || accepts(JSON.parse(text)) ? 'accepted' : 'silent';
}
