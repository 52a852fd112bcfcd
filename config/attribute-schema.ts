/**
 * JSON Schemas (draft 7) that a config file gives.
 *
 * - strict: an unknown keyword, an unknown format and a reference to another document are problems,
 *   because a misspelt keyword would make a schema that matches every value.
 * - synchronous: a schema with `$async` is a problem, because its answer would be a promise.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { Json, JsonObject } from './json.ts';
import { type Path, pathOf, valueAt } from './pointer.ts';
import type { Problem } from './schema-problems.ts';
import { shown } from './shown.ts';

const allowed = 'a JSON Schema (draft 7)';

/**
 * Allowed, because both are usual: a schema without `type`, and a required key that the schema does
 * not describe.
 */
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

/** By the text of the schema: the arguments of a read are a copy each time. */
const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: JsonObject): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = validators.get(text);
  if (known !== undefined) return known;
  const validate = newAjv().compile(schema);
  validators.set(text, validate);
  return validate;
}

/** The test of a schema without problems. Throws for any other schema. */
export function matcherOf(schema: JsonObject): (value: Json) => boolean {
  const validate = validatorOf(schema);
  return (value) => validate(value) === true;
}

/** A place in a value that a schema does not allow. */
export interface Mismatch {
  readonly path: Path;
  readonly text: string;
}

/** The first place that a schema without problems does not allow; undefined: the value fits. */
export function mismatchOf(schema: JsonObject, value: Json): Mismatch | undefined {
  const validate = validatorOf(schema);
  if (validate(value) === true) return undefined;
  const [first] = validate.errors ?? [];
  const { instancePath = '', keyword, message = 'does not fit', params = {} } = first ?? {};
  const path = pathOf(instancePath);
  const named: unknown = keyword === 'additionalProperties' ? params['additionalProperty'] : null;
  if (typeof named === 'string') return { path: [...path, named], text: 'is not an attribute' };
  const allowed: unknown = params['allowedValues'];
  const text = allowed === undefined ? message : `must be one of ${JSON.stringify(allowed)}`;
  return { path, text };
}
