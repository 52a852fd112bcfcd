/** The values that a schema allows, in the words of an error message. */
import type { TSchema } from 'typebox';
import { branchesOf, type SchemaView, viewOf } from './schema-view.ts';

export function allowedBy(schema: TSchema): string {
  const view = viewOf(schema);
  if (view.anyOf !== undefined) return [...new Set(branchesOf(schema).map(allowedBy))].join(' or ');
  if (view.enum !== undefined)
    return `one of ${view.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  if (view.const !== undefined) return JSON.stringify(view.const);
  return allowedByType(view);
}

function allowedByType(view: SchemaView): string {
  switch (view.type) {
    case 'object':
      return objectText(view);
    case 'array':
      return listText(view);
    case 'string':
      return stringText(view);
    case 'integer':
      return `an integer${rangeText(view)}`;
    case 'number':
      return `a number${rangeText(view)}`;
    case 'boolean':
      return 'true or false';
    default:
      return view.type ?? 'a value the schema of this section accepts';
  }
}

/** The keys that a schema names. */
export function namedKeys(schema: TSchema): readonly string[] {
  return Object.keys(viewOf(schema).properties ?? {});
}

/** The keys that an object may have. */
export function allowedKeys(schema: TSchema): string {
  const { properties = {}, patternProperties = {} } = viewOf(schema);
  const patterns = Object.keys(patternProperties).map((pattern) => `any key like ${pattern}`);
  return [...Object.keys(properties), ...patterns].join(', ') || 'no keys';
}

function objectText(view: SchemaView): string {
  const [values] = Object.values(view.patternProperties ?? {});
  if (values !== undefined) return `an object whose values are each ${allowedBy(values)}`;
  if (Object.keys(view.properties ?? {}).length === 0)
    return view.additionalProperties === false ? 'an empty object' : 'an object';
  return `an object with the keys ${allowedKeys(view)}`;
}

function listText(view: SchemaView): string {
  const items = view.items === undefined ? 'values' : allowedBy(view.items);
  const size =
    view.maxItems === 1
      ? 'one item'
      : view.minItems === undefined
        ? ''
        : `at least ${view.minItems}`;
  const details = [size, view.uniqueItems === true ? 'none twice' : ''].filter(Boolean).join(', ');
  return `a list, each item ${items}${details === '' ? '' : ` (${details})`}`;
}

function stringText(view: SchemaView): string {
  if (view.format === 'uuid') return 'a UUID';
  if (view.format === 'routing-key') return 'a string of at most 255 bytes';
  if (view.format === 'iso-8601') return 'a date or a time of ISO 8601';
  const text = `${view.minLength === 1 ? 'a non-empty string' : 'a string'}${lengthText(view)}`;
  const form = view.pattern === undefined ? '' : ` that matches ${view.pattern}`;
  return `${text}${form}${exampleText(view)}`;
}

function lengthText({ minLength = 0, maxLength }: SchemaView): string {
  const bounds = [
    ...(minLength > 1 ? [`at least ${minLength}`] : []),
    ...(maxLength === undefined ? [] : [`at most ${maxLength}`]),
  ];
  return bounds.length === 0 ? '' : ` of ${bounds.join(' and ')} characters`;
}

function exampleText({ examples = [] }: SchemaView): string {
  return examples.length === 0
    ? ''
    : `, like ${examples.map((example) => JSON.stringify(example)).join(' or ')}`;
}

function rangeText({ minimum, maximum }: SchemaView): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}
