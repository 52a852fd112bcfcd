/**
 * The attributes of a create or an update: what the schema of the message cannot say. Pure.
 *
 * - one-spelling: ids in reference attributes are written in lower case, like ids elsewhere.
 * - one-file: a URL in an attribute with files names exactly one file, and is written in one
 *   spelling, so nodes that list the same file have the same text.
 * - nothing-dropped: an attribute that the service would not write is refused.
 * - own-schema: attributes fit the JSON Schema in the config of the service. An update gives only
 *   some of the attributes, so a required attribute may be missing there; but an update may not
 *   remove a required attribute.
 */
import { mismatchOf } from '../../config/attribute-schema.ts';
import { isJsonObject } from '../../config/json.ts';
import { type Path, pointerTo } from '../../config/pointer.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { fileKey, fileUrlProblem } from '../file-remover/file-url.ts';
import { listsFiles } from './node-files.ts';

export type Rules = Pick<
  ConsentSettings,
  'objectClass' | 'references' | 'attributes' | 'files' | 'values'
>;

/** Attributes that the hierarchy knows. A schema of a config need not name them. */
const standard = [
  'cn',
  'objectClass',
  'description',
  'prsActive',
  'prsDefault',
  'prsEntityTypeCode',
  'prsIndex',
  'prsJsonConfigString',
];
/** Attributes that the hierarchy makes. */
const made = new Set(['entryUUID', 'aliasedObjectName']);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Throws `Refused('bad-message')` with the place of the first attribute that does not fit. */
export function checkedAttributes(
  rules: Rules,
  given: GivenAttributes,
  kind: 'create' | 'update',
): GivenAttributes {
  const names = rules.references.map(({ attribute }) => attribute);
  const attributes = Object.fromEntries(
    Object.entries(given).map(([name, value]): [string, Json] => {
      checkName(name, value, rules);
      if (listsFiles(rules, name)) return [name, fileUrls(name, value)];
      return [name, names.includes(name) ? inLowerCase(value) : value];
    }),
  );
  if (kind === 'update' && [given['cn']].flat()[0] === '') refuse(['cn'], 'must not be empty');
  if (rules.attributes !== undefined) checkOwn(rules, rules.attributes, attributes, kind);
  return attributes;
}

function fileUrls(name: string, value: Json): Json {
  const written = [value].flat().map((url: Json, index) => {
    if (url === null) return null;
    const place = Array.isArray(value) ? [name, String(index)] : [name];
    if (typeof url !== 'string') return refuse(place, 'must be the URL of a file');
    const problem = fileUrlProblem(url);
    if (problem !== undefined) refuse(place, `does not name exactly one file: ${problem}`);
    return fileKey(url);
  });
  return Array.isArray(value) ? written : (written[0] ?? null);
}

function refuse(path: Path, text: string): never {
  const at = pointerTo(['data', 'attributes', ...path]);
  throw new Refused('bad-message', `${at} ${text}`, { at });
}

function checkName(name: string, value: Json, { objectClass }: Rules): void {
  if (name.trim() === '') refuse([name], 'has no name');
  if (made.has(name)) refuse([name], 'is made by the hierarchy and cannot be given');
  const isOther = ![objectClass, null].includes(singleOf(value) as string | null);
  if (name === 'objectClass' && isOther)
    refuse([name], `must be ${JSON.stringify(objectClass)}, found ${JSON.stringify(value)}`);
}

/** A UUID or a list of UUIDs in lower case; anything else as it is. */
export function inLowerCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(inLowerCase);
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : value;
}

function checkOwn(
  { references }: Rules,
  schema: JsonObject,
  given: GivenAttributes,
  kind: 'create' | 'update',
): void {
  const { required, minProperties: _, ...partial } = schema;
  const named = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const unnamed = [...standard, ...references.map(({ attribute }) => attribute)].filter(
    (name) => !Object.hasOwn(named, name),
  );
  const seen = Object.entries(given).flatMap(([name, value]) => {
    const single = singleOf(value);
    return single === null || unnamed.includes(name) ? [] : [[name, single] as const];
  });
  const mismatch = mismatchOf(kind === 'create' ? schema : partial, Object.fromEntries(seen));
  if (mismatch !== undefined) refuse(mismatch.path, mismatch.text);
  const needed = Array.isArray(required) ? required.map(String) : [];
  const removed = Object.keys(given).find(
    (name) => needed.includes(name) && singleOf(given[name] ?? null) === null,
  );
  if (removed !== undefined) refuse([removed], 'is required and cannot be removed');
}

/** The only value of a list; null for an absent attribute. */
function singleOf(value: Json): Json {
  const values = [value].flat().filter((each) => each !== null);
  return values.length > 1 ? values : (values[0] ?? null);
}
