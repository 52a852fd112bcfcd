/**
 * The places in a value that its schema does not allow, with what was found and what is allowed.
 *
 * Job: messages. TypeBox decides (`Value.Check`); its own error list names every branch of a union,
 * and no allowed keys.
 *
 * - exact: the list is empty if and only if the schema accepts the value.
 * - at-the-key: an unknown key is reported at the key, a missing key at the path where its value
 *   should be.
 * - one-branch: for a union only the intended branch is reported. The intended branch has the type
 *   of the value, and its required keys fit best.
 */
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { meantName } from './nearest-name.ts';
import { ownValue, type Path } from './pointer.ts';
import { isSecretKey } from './redact.ts';
import { allowedBy, allowedKeys, namedKeys } from './schema-text.ts';
import { branchesOf, schemaOfKey, viewOf } from './schema-view.ts';
import { secretVariable } from './secret-variable.ts';
import { shown } from './shown.ts';

export interface Problem {
  readonly path: Path;
  readonly found: string;
  readonly allowed: string;
}

export function schemaProblems(schema: TSchema, value: Json): readonly Problem[] {
  return Value.Check(schema, value) ? [] : problemsAt(schema, value, []);
}

function problemsAt(schema: TSchema, value: Json, path: Path): readonly Problem[] {
  const nested = nestedProblems(schema, value, path);
  if (nested.length > 0 || Value.Check(schema, value)) return nested;
  return [{ path, found: shown(value, path), allowed: allowedBy(schema) }];
}

function nestedProblems(schema: TSchema, value: Json, path: Path): readonly Problem[] {
  const { type, anyOf, items } = viewOf(schema);
  if (anyOf !== undefined) return unionProblems(schema, value, path);
  if (type === 'object' && isJsonObject(value)) return objectProblems(schema, value, path);
  if (type !== 'array' || !Array.isArray(value) || items === undefined) return [];
  return value.flatMap((item, index) => problemsAt(items, item, [...path, String(index)]));
}

function objectProblems(schema: TSchema, value: JsonObject, path: Path): readonly Problem[] {
  const missing = missingKeys(schema, value).map((key) => missingProblem(schema, [...path, key]));
  return [
    ...Object.entries(value).flatMap(([key, inner]) => keyProblems(schema, inner, [...path, key])),
    ...missing,
  ];
}

function keyProblems(schema: TSchema, value: Json | undefined, path: Path): readonly Problem[] {
  const key = path.at(-1) ?? '';
  const inner = schemaOfKey(schema, key);
  if (inner === undefined) {
    const found = `the key ${shown(key)}${meantName(key, namedKeys(schema))}`;
    return [{ path, found, allowed: allowedKeys(schema) }];
  }
  return value === undefined ? [] : problemsAt(inner, value, path);
}

/**
 * A missing secret is to be set in the environment, but those of `trust` may stand in the trust
 * file.
 */
function missingProblem(schema: TSchema, path: Path): Problem {
  const key = path.at(-1) ?? '';
  const allowed = allowedBy(schemaOfKey(schema, key) ?? {});
  const isOutside = isSecretKey(key) && path[0] !== 'trust';
  return {
    path,
    found: 'nothing',
    allowed: isOutside ? `${allowed}, as ${secretVariable(path)}` : allowed,
  };
}

function missingKeys(schema: TSchema, value: JsonObject): readonly string[] {
  return viewOf(schema).required?.filter((key) => ownValue(value, key) === undefined) ?? [];
}

function unionProblems(schema: TSchema, value: Json, path: Path): readonly Problem[] {
  const intended = Value.Check(schema, value) ? undefined : intendedBranch(schema, value);
  const problems = intended === undefined ? [] : problemsAt(intended, value, path);
  // If the value as a whole is wrong, the other branches are allowed too.
  return problems.map((problem) =>
    problem.path.length === path.length ? { ...problem, allowed: allowedBy(schema) } : problem,
  );
}

function intendedBranch(schema: TSchema, value: Json): TSchema | undefined {
  const type = typeOf(value);
  const branches =
    type === undefined ? [] : branchesOf(schema).filter((branch) => viewOf(branch).type === type);
  return isJsonObject(value)
    ? branches.sort((left, right) => likeness(right, value) - likeness(left, value))[0]
    : branches[0];
}

/** Only in lists and objects can a problem be reported at an inner path. */
function typeOf(value: Json): 'array' | 'object' | undefined {
  if (Array.isArray(value)) return 'array';
  return isJsonObject(value) ? 'object' : undefined;
}

/**
 * The number of required keys that the value has, less the number of required keys that are
 * missing, plus the number of optional keys of the branch that the value has. A key with fixed
 * values (a tag) counts only with one of its values.
 */
function likeness(branch: TSchema, value: JsonObject): number {
  const fits = (key: string) =>
    Object.hasOwn(value, key) &&
    (!isTag(branch, key) || Value.Check(schemaOfKey(branch, key) ?? {}, value[key]));
  const { required = [], properties = {} } = viewOf(branch);
  const optional = Object.keys(properties).filter((key) => !required.includes(key) && fits(key));
  return 2 * required.filter(fits).length - required.length + optional.length;
}

function isTag(branch: TSchema, key: string): boolean {
  const { const: only, enum: several } = viewOf(schemaOfKey(branch, key) ?? {});
  return only !== undefined || several !== undefined;
}
