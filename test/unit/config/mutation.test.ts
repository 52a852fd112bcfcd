/** Configs that were right once, changed at random: the parser's promises about whatever it is given. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { isJsonObject, type Json, type JsonObject } from '../../../config/json.ts';
import { serviceConfigPaths } from '../../../config/load.ts';
import { type Path, pointerTo, withoutKey, withValue } from '../../../config/pointer.ts';
import { exchangeConfigSchema } from '../../../config/schema.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { issues, issuesOfText, pointers, sections, tags } from './sample.ts';

const test = suite('changed exchange configs', { deadlineMs: 60_000 });

const written: Json = JSON.parse(JSON.stringify(exchangeConfigSchema(sections)));
const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(written as JsonObject);
/** Every key the format has anywhere. */
const knownKeys = new Set(propertyNames(written));

const old: JsonObject = {
  svc_name: 'old',
  publish: ['a', 'b'],
  consume: { queue_name: 'q', exchanges: { main: { name: 'x', type: 'headers', arguments: { 'x-match': 'all' } } } },
  defaults: { durable: true, arguments: { 'x-message-ttl': 5 } },
  reply_exchanges: [{ name: 'r', type: 'direct' }],
  limits: { depth: 5 },
  file_remover: { roots: ['/a'], target: { kind: 's3', bucket: 'b' } },
};
const bases: readonly JsonObject[] = [tags, old, ...serviceConfigPaths().map((path) => JSON.parse(readFileSync(path, 'utf8')))];
const base = fc.constantFrom(...bases);

function propertyNames(schema: Json): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = isJsonObject(schema) && isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  return [...own, ...Object.values(schema).flatMap((inner: Json | undefined) => propertyNames(inner ?? null))];
}

/** Every place in a value, from the root down. */
function places(value: Json | undefined, path: Path = []): Path[] {
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);
}

/** Objects with free keys: whatever is added there is an entry. */
function isMap(path: Path): boolean {
  const last = path.at(-1) ?? '';
  return ['publish', 'consume', 'subscribe'].includes(last) ? path.length === 1 : ['arguments', 'references', 'exchanges'].includes(last);
}

function closedObjects(content: JsonObject): Path[] {
  return places(content).filter((path) => isJsonObject(at(content, path)) && !isMap(path));
}

const anyJson = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const telling = fc.constantFrom<Json>(
  '',
  'direct',
  'fanout',
  'headers',
  'quorum',
  'classic',
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
  'x'.repeat(300),
);
const change = fc.record({ at: fc.nat(), value: fc.oneof(anyJson, telling), remove: fc.boolean() });

function changed(content: JsonObject, { at: index, value, remove }: { at: number; value: Json; remove: boolean }): JsonObject {
  const all = places(content).slice(1);
  const path = all[index % Math.max(1, all.length)] ?? ['svc_name'];
  return remove ? withoutKey(content, path) : withValue(content, path, value);
}

test('an unknown key is never accepted, and always reported where it stands', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('durabel', 'Name', 'name ', '__proto__', 'toString', 'constructor', 'a/b~c'),
  );
  fc.assert(
    fc.property(base, fc.nat(), name, anyJson, (content, index, key, value) => {
      const objects = closedObjects(content);
      const path = [...(objects[index % objects.length] ?? []), key];
      fc.pre(!knownKeys.has(key));
      assert.ok(pointers(issues(withValue(content, path, value))).includes(pointerTo(path)), pointerTo(path));
    }),
    { seed: seed(), numRuns: 2000 },
  );
});

test('whatever is changed: a config or a ConfigError with places, never what the JSON Schema refuses', () => {
  let accepted = 0;
  fc.assert(
    fc.property(base, fc.array(change, { minLength: 1, maxLength: 4 }), (content, changes) => {
      const mutant = changes.reduce(changed, content);
      const found = issues(mutant);
      if (found.length === 0) {
        accepted += 1;
        assert.ok(accepts(JSON.parse(JSON.stringify(mutant))), JSON.stringify(mutant));
      }
      for (const { file, pointer, found: what, allowed } of found) {
        assert.is(file, 'a.json');
        assert.ok((pointer === '' || pointer.startsWith('/')) && what !== '' && allowed !== '');
      }
    }),
    { seed: seed(), numRuns: 2500 },
  );
  assert.ok(accepted > 100, `only ${accepted} were accepted: the changes are too coarse to tell`);
});

test('a damaged text is a ConfigError, whatever the damage', () => {
  fc.assert(
    fc.property(base, fc.nat(), fc.nat({ max: 5 }), fc.string({ maxLength: 3 }), (content, start, length, insert) => {
      const text = JSON.stringify(content, null, 1);
      const cut = start % text.length;
      for (const { found, allowed } of issuesOfText(text.slice(0, cut) + insert + text.slice(cut + length)))
        assert.ok(found !== '' && allowed !== '');
    }),
    { seed: seed(), numRuns: 1000 },
  );
});

test('whatever the environment holds: a config or a ConfigError', () => {
  const keys = [
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
  const inner = fc.constantFrom(
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
  );
  const variable = fc.tuple(fc.constantFrom(...keys), inner).map((parts) => parts.join(''));
  const text = fc.oneof(
    fc.json(),
    fc.string(),
    telling.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(base, fc.dictionary(variable, text, { minKeys: 1, maxKeys: 3 }), (content, env) => {
      for (const { file } of issues(content, env))
        assert.ok(file === 'a.json' || Object.hasOwn(env, file.replace('environment variable ', '')), file);
    }),
    { seed: seed(), numRuns: 1500 },
  );
});

test.run();
