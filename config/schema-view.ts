/**
 * A TypeBox schema as JSON Schema: the keywords that checks, messages and documents of a config
 * need.
 */
import type { TSchema } from 'typebox';

export interface SchemaView {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, TSchema>>;
  readonly additionalProperties?: boolean | TSchema;
  readonly items?: TSchema;
  readonly anyOf?: readonly TSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
}

export function viewOf(schema: TSchema): SchemaView {
  return schema as SchemaView;
}

/** The branches of a union, or the schema itself. */
export function branchesOf(schema: TSchema): readonly TSchema[] {
  return viewOf(schema).anyOf?.flatMap(branchesOf) ?? [schema];
}

/** The schema of a key of an object schema; `undefined` if the object may not have the key. */
export function schemaOfKey(schema: TSchema, key: string): TSchema | undefined {
  const { properties = {}, patternProperties = {}, additionalProperties } = viewOf(schema);
  if (Object.hasOwn(properties, key)) return properties[key];
  const pattern = Object.keys(patternProperties).find((source) =>
    new RegExp(source, 'u').test(key),
  );
  if (pattern !== undefined) return patternProperties[pattern];
  if (additionalProperties === false) return undefined;
  return typeof additionalProperties === 'object' ? additionalProperties : {};
}

/**
 * All schemas that may apply to a value at `path`. The list is empty if no value is allowed there.
 */
export function schemasAt(schema: TSchema, path: readonly string[]): readonly TSchema[] {
  return path.reduce<readonly TSchema[]>(
    (schemas, key) => schemas.flatMap((each) => schemasOfKey(each, key)),
    branchesOf(schema),
  );
}

function schemasOfKey(schema: TSchema, key: string): readonly TSchema[] {
  const { type } = viewOf(schema);
  if (type !== undefined && type !== 'object') return [];
  const found = schemaOfKey(schema, key);
  return found === undefined ? [] : branchesOf(found);
}
