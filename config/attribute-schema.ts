/**
 * JSON Schemas (draft 7) that a config file gives.
 *
 * - strict: an unknown keyword, an unknown format and a reference to another document are problems,
 *   because a misspelt keyword would make a schema that matches every value.
 * - synchronous: a schema with `$async` is a problem, because its answer would be a promise.
 */
import { Ajv } from 'ajv';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { type Path, pathOf } from './pointer.ts';
import type { Problem } from './schema-problems.ts';
import { shown } from './shown.ts';

const allowed = 'a JSON Schema (draft 7)';

/** A schema without `type`, and with a required key that it does not describe, is usual. */
const strictness = { strict: true, strictTypes: false, strictRequired: false } as const;

function newAjv(): Ajv {
  return new Ajv({ ...strictness, allErrors: true, logger: false });
}

/** The problems of a schema, with paths from its top. */
export function schemaProblemsOf(schema: JsonObject): readonly Problem[] {
  if (schema['$async'] !== undefined) return [problemAt(schema, ['$async'], 'must be absent')];
  const ajv = newAjv();
  try {
    if (ajv.validateSchema(schema) === true) ajv.compile(schema);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ path: [], found, allowed }];
  }
  return (ajv.errors ?? [])
    .filter(({ instancePath }, index, all) => isFirstAt(instancePath, index, all))
    .map(({ instancePath, message = '' }) => problemAt(schema, pathOf(instancePath), message));
}

function isFirstAt(
  path: string,
  index: number,
  all: readonly { readonly instancePath: string }[],
): boolean {
  return all.findIndex(({ instancePath }) => instancePath === path) === index;
}

function problemAt(schema: JsonObject, path: Path, message: string): Problem {
  return {
    path,
    found: shown(valueAt(schema, path), path),
    allowed: `${allowed}, where the value ${message}`,
  };
}

function valueAt(value: Json, path: Path): Json {
  return path.reduce<Json>((inner, key) => {
    if (Array.isArray(inner)) return (inner as readonly Json[])[Number(key)] ?? null;
    return isJsonObject(inner) ? (inner[key] ?? null) : null;
  }, value);
}

/** By the text of the schema: the arguments of a read are a copy each time. */
const matchers = new Map<string, (value: Json) => boolean>();

/** The test of a schema without problems. Throws for any other schema. */
export function matcherOf(schema: JsonObject): (value: Json) => boolean {
  const text = JSON.stringify(schema);
  const known = matchers.get(text);
  if (known !== undefined) return known;
  const validate = newAjv().compile(schema);
  const matches = (value: Json) => validate(value) === true;
  matchers.set(text, matches);
  return matches;
}
