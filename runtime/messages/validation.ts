/**
 * JSON Schema checks at the edge: one compiled validator a schema, one clear issue for what does not fit.
 *
 * Invariants:
 * - A UUID has one spelling. Text whose schema says `format: 'uuid'` must be a UUID, and is written in lower case.
 * - A routing key can be sent. Text whose schema says `format: 'routing-key'` has at most 255 bytes.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
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
const ajv = new Ajv({ allErrors: false, strict: false });
/** JSON pointers to the UUIDs in capitals that the running validation has met. */
const inCapitals = new Set<string>();
// Ajv's own `format` does not know at which place of the data a text stands.
ajv.removeKeyword('format');
ajv.addKeyword({
  keyword: 'format',
  type: 'string',
  error: { message: formatProblem },
  validate: hasFormat,
});

function formatProblem({ schema }: { readonly schema: unknown }): string {
  if (schema === 'routing-key') return `must have at most ${routingKeyMaxBytes} bytes`;
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
  if (format !== 'uuid') return true;
  if (context !== undefined && text !== text.toLowerCase()) inCapitals.add(context.instancePath);
  return uuid.test(text);
}

const compiled = new WeakMap<TSchema, ValidateFunction>();

function validatorOf(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const validator = ajv.compile(schema);
  compiled.set(schema, validator);
  return validator;
}

function describe(schema: TSchema, data: Json, errors: readonly ErrorObject[]): Issue {
  const [first] = errors;
  // The last error is the one of the union in which no branch fits.
  const last = errors.at(-1);
  if (first === undefined || last === undefined) return { place: '', text: 'does not fit' };
  if (last.keyword === 'anyOf') return unionIssue(schema, data, last.instancePath);
  return { place: first.instancePath, text: textOf(schema, data, first) };
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
  const allowed =
    error.keyword === 'enum'
      ? `must be one of ${JSON.stringify(params['allowedValues'])}`
      : (error.message ?? error.keyword);
  return `${allowed}, found ${shownAt(data, error.instancePath)}`;
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

/** No branch fits at the place: everything that is allowed there, or the place inside the branch that is meant. */
function unionIssue(schema: TSchema, data: Json, place: string): Issue {
  const [problem] = schemaProblems(schema, data);
  if (problem !== undefined)
    return {
      place: pointerTo(problem.path),
      text: `must be ${problem.allowed}, found ${problem.found}`,
    };
  const allowed = [...new Set(schemasAt(schema, pathOf(place)).map(allowedBy))].join(' or ');
  return { place, text: `must be ${allowed}, found ${shownAt(data, place)}` };
}

/**
 * The data with its UUIDs in lower case. Throws `Refused('bad-message')` that says where under `root` (a JSON pointer) and why
 * the data do not fit.
 */
export function checkSchema(schema: TSchema, data: Json, root: string): Json {
  const fits = validatorOf(schema);
  inCapitals.clear();
  if (fits(data)) {
    if (inCapitals.size === 0) return data;
    // Checked again: two UUIDs of a list may differ in their spelling only.
    return checkSchema(schema, withLowerCase(data, new Set(inCapitals)), root);
  }
  const { place, text } = describe(schema, data, fits.errors ?? []);
  const at = `${root}${place}`;
  throw new Refused('bad-message', `${at || '/'} ${text}`, { at });
}

/** A copy in which the texts at the places (JSON pointers) are in lower case. `at`: the place of the data. */
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
