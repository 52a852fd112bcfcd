/**
 * JSON Schema checks at the edge: one compiled validator a schema, and a clear issue for each place
 * that does not fit, at most ten.
 *
 * Invariants:
 * - A UUID has one spelling. Text whose schema says `format: 'uuid'` must be a UUID, and is written
 *   in lower case.
 * - A routing key can be sent. Text whose schema says `format: 'routing-key'` has at most 255 bytes.
 * - A time can be read. Text whose schema says `format: 'iso-8601'` is one
 *   for `parseIsoTime`.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { parseIsoTime } from '../../config/iso-time.ts';
import { nearestName } from '../../config/nearest-name.ts';
import { pathOf, pointerTo, valueAt } from '../../config/pointer.ts';
import { schemaProblems } from '../../config/schema-problems.ts';
import { allowedBy, allowedKeys, namedKeys } from '../../config/schema-text.ts';
import { schemasAt } from '../../config/schema-view.ts';
import { shown } from '../../config/shown.ts';
import { Refused } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const routingKeyMaxBytes = 255;
const issuesMax = 10;
const ajv = new Ajv({ allErrors: false, strict: false });
/** For data that do not fit: finding every place is dear. */
const thorough = new Ajv({ allErrors: true, strict: false });
/** JSON pointers to the UUIDs in capitals that the running validation has met. */
const inCapitals = new Set<string>();
// Ajv's own `format` does not know at which place of the data a text stands.
for (const one of [ajv, thorough])
  one.removeKeyword('format').addKeyword({
    keyword: 'format',
    type: 'string',
    error: { message: formatProblem },
    validate: hasFormat,
  });

function formatProblem({ schema }: { readonly schema: unknown }): string {
  if (schema === 'routing-key') return `must have at most ${routingKeyMaxBytes} bytes`;
  if (schema === 'iso-8601') return 'must be a date or a time of ISO 8601';
  return `must be of the format ${String(schema)}`;
}

/** Whether the value is a UUID as it stands behind the edge: in lower case. */
export function isUuid(value: unknown): boolean {
  return typeof value === 'string' && uuid.test(value) && value === value.toLowerCase();
}

function hasFormat(
  format: unknown,
  text: string,
  _parent: unknown,
  context: { readonly instancePath: string } | undefined,
): boolean {
  if (format === 'routing-key') return Buffer.byteLength(text) <= routingKeyMaxBytes;
  if (format === 'iso-8601') return parseIsoTime(text) !== undefined;
  if (format !== 'uuid') return true;
  if (context !== undefined && text !== text.toLowerCase()) inCapitals.add(context.instancePath);
  return uuid.test(text);
}

const compiled = new WeakMap<TSchema, ValidateFunction>();
const compiledThorough = new WeakMap<TSchema, ValidateFunction>();

function validatorOf(
  schema: TSchema,
  known: WeakMap<TSchema, ValidateFunction>,
  by: Ajv,
): ValidateFunction {
  const made = known.get(schema) ?? by.compile(schema);
  known.set(schema, made);
  return made;
}

/**
 * An issue for each place, in the order of the schema; of a union the issues of the branch that is
 * meant.
 */
function issuesOf(schema: TSchema, data: Json): readonly Issue[] {
  const fits = validatorOf(schema, compiledThorough, thorough);
  fits(data);
  const errors = fits.errors ?? [];
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf');
  const issues = errors
    .filter((error) => !unions.some((union) => isWithin(error, union)))
    .flatMap((error) =>
      error.keyword === 'anyOf'
        ? unionIssues(schema, data, error.instancePath)
        : [{ place: error.instancePath, text: textOf(schema, data, error) }],
    );
  return [...new Map(issues.map((issue) => [`${issue.place} ${issue.text}`, issue])).values()];
}

/** Whether the error is one of a branch of the union. */
function isWithin({ schemaPath }: ErrorObject, union: ErrorObject): boolean {
  return schemaPath.startsWith(`${union.schemaPath}/`);
}

interface Issue {
  /** A JSON pointer. */
  readonly place: string;
  readonly text: string;
}

function textOf(schema: TSchema, data: Json, error: ErrorObject): string {
  const params: Record<string, unknown> = error.params;
  if (error.keyword === 'additionalProperties')
    return unknownKeyText(schema, error.instancePath, String(params['additionalProperty']));
  if (error.keyword === 'required') return `lacks the key '${String(params['missingProperty'])}'`;
  return `${allowedText(error, params)}, found ${shownAt(data, error.instancePath)}`;
}

/** Ajv's own text does not name the values that are allowed. */
function allowedText({ keyword, message }: ErrorObject, params: Record<string, unknown>): string {
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params['allowedValues'])}`;
  if (keyword === 'const') return `must be ${JSON.stringify(params['allowedValue'])}`;
  return message ?? keyword;
}

function shownAt(data: Json, place: string): string {
  const path = pathOf(place);
  return shown(valueAt(data, path), path);
}

function unknownKeyText(schema: TSchema, place: string, key: string): string {
  const schemas = schemasAt(schema, pathOf(place));
  const near = nearestName(key, schemas.flatMap(namedKeys));
  const meant = near === undefined ? '' : `, did you mean '${near}'?`;
  return `has an unknown key '${key}'${meant} (allowed: ${schemas.map(allowedKeys).join(' or ')})`;
}

/**
 * No branch fits at the place: everything that is allowed there, or the places inside the branch that
 * is meant.
 */
function unionIssues(schema: TSchema, data: Json, place: string): readonly Issue[] {
  const inside = schemaProblems(schema, data)
    .map(({ path, allowed, found }) => ({
      place: pointerTo(path),
      text: `must be ${allowed}, found ${found}`,
    }))
    .filter((issue) => issue.place === place || issue.place.startsWith(`${place}/`));
  if (inside.length > 0) return inside;
  const allowed = [...new Set(schemasAt(schema, pathOf(place)).map(allowedBy))].join(' or ');
  return [{ place, text: `must be ${allowed}, found ${shownAt(data, place)}` }];
}

/**
 * The data with its UUIDs in lower case. Throws `Refused('bad-message')` for data that do not fit,
 * with each place below `root` (a JSON pointer) and its problem; `at` is the first place.
 */
export function checkSchema(schema: TSchema, data: Json, root: string): Json {
  const fits = validatorOf(schema, compiled, ajv);
  inCapitals.clear();
  if (fits(data)) {
    if (inCapitals.size === 0) return data;
    // Checked again: two UUIDs of a list may differ in their spelling only.
    return checkSchema(schema, withLowerCase(data, new Set(inCapitals)), root);
  }
  const issues = issuesOf(schema, data);
  const at = `${root}${issues[0]?.place ?? ''}`;
  throw new Refused('bad-message', issuesText(issues, root), { at });
}

function issuesText(issues: readonly Issue[], root: string): string {
  const named = issues
    .slice(0, issuesMax)
    .map(({ place, text }) => `${`${root}${place}` || '/'} ${text}`);
  const more = issues.length - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/**
 * A copy in which the texts at the places (JSON pointers) are in lower case. `at`: the place of the
 * data.
 */
function withLowerCase(data: Json, places: ReadonlySet<string>, at = ''): Json {
  if (typeof data === 'string') return places.has(at) ? data.toLowerCase() : data;
  if (typeof data !== 'object' || data === null) return data;
  const below = (key: string, value: Json) =>
    withLowerCase(value, places, `${at}${pointerTo([key])}`);
  if (Array.isArray(data)) return data.map((value: Json, index) => below(String(index), value));
  const members = Object.entries(data).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, below(key, value)] as const],
  );
  return Object.fromEntries(members);
}
