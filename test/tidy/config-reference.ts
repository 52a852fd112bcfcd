/**
 * The reference of config files, `docs/config.md`, made from the JSON Schema of the format.
 *
 * Job: one pure function from a schema to the text. Boundary: `references.ts` names the files; the
 * rules of precedence are those of `config/environment.ts`.
 *
 * - complete: every key has its type, default, description and variable.
 * - once: an object has a section of its own, to which the keys that hold the object refer.
 */

import { wrapped } from '../../cli/demo/terminal.ts';
import { isJsonObject, type Json, type JsonObject } from '../../config/json.ts';

const width = 100;

/** A place in the format: the keys from the top, `<name>` for a key that the user chooses. */
type FormatPath = readonly string[];

interface Section {
  readonly path: FormatPath;
  readonly schema: JsonObject;
}

const introduction = `# Config files

This file is generated from the JSON Schema of the format: \`npm run docs\`.

A config file describes one service in JSON: its exchanges and queues, its place in the hierarchy,
its limits and its log. \`unanimous config check\` validates files; the JSON Schema for editors is
\`unanimous/exchange-config.schema.json\`. A key that is not listed here is refused. An error names
the file, the JSON pointer, the value found and the values allowed.

## Precedence

A variable of the environment wins over the file, and the file wins over the default.

- Every top-level key except \`$schema\` can be a variable, in upper or lower case. If both are set,
  the lower-case variable wins.
- The value of a variable is JSON, or plain text where the format takes text.
- \`__\` leads to an inner key: \`LOG__LEVEL\` sets \`level\` in \`log\`, and wins over \`LOG\`.
- An empty variable counts as unset.
- A variable never adds a section of an actor. \`__\` reaches only into objects that the file has;
  \`consent\`, \`defaults\`, \`http\`, \`inspector\`, \`limits\`, \`log\` and \`process\` count as present.
  So services can share an environment.
- \`AMQP_URL_FILE\`, \`DATABASE_URL_FILE\` and \`CACHE_URL_FILE\` name a file that holds the value. The
  suffix works for inner keys too. Setting both forms is refused.
- A secret (a URL with a password, a key such as \`password\` or \`token\`) is refused in a file.
- \`config_file\` names the config file of a command that is given no files. Without the variable a
  \`config.json\` of the working folder is read if the file names a service (\`svc_name\`).
`;

/** `schema`: JSON Schema of a whole file. */
export function configReference(schema: Json): string {
  if (!isJsonObject(schema)) throw new Error('the schema is no object');
  const sections = sectionsOf({ path: [], schema });
  return `${[introduction, ...sections.map(sectionText)].join('\n')}`;
}

/** The section of an object and those of the objects inside it, outermost first. */
function sectionsOf(section: Section): readonly Section[] {
  const inner = Object.entries(propertiesOf(section.schema)).flatMap(([key, schema]) =>
    objectsIn(schema, [...section.path, key]),
  );
  return [section, ...inner.flatMap(sectionsOf)];
}

/** The objects with fixed keys that a value may be or hold. Forms of a union get a number if there are several. */
function objectsIn(schema: JsonObject, path: FormatPath): readonly Section[] {
  const forms = formsOf(schema).flatMap((form) => {
    const values = mapValuesOf(form);
    if (values !== undefined) return objectsIn(values, [...path, '<name>']);
    const { items } = form;
    if (isJsonObject(items)) return objectsIn(items, [...path, '<index>']);
    return Object.keys(propertiesOf(form)).length > 0 ? [{ path, schema: form }] : [];
  });
  return forms;
}

function sectionText({ path, schema }: Section): string {
  const { description } = schema;
  const title = path.length === 0 ? '## Top level' : `## \`${path.join('.')}\``;
  const about =
    path.length > 0 && typeof description === 'string' ? [...paragraph(description), ''] : [];
  const keys = Object.entries(propertiesOf(schema)).flatMap(([key, value]) =>
    keyText([...path, key], value, requiredKeysOf(schema).includes(key)),
  );
  return [title, '', ...about, ...keys, ''].join('\n');
}

function keyText(path: FormatPath, schema: JsonObject, isRequired: boolean): readonly string[] {
  const facts = [
    typeText(schema, path),
    ...(isRequired ? ['required'] : []),
    ...('default' in schema ? [`default \`${JSON.stringify(schema['default'])}\``] : []),
    ...variableOf(path),
    ...(schema['deprecated'] === true ? ['deprecated'] : []),
  ];
  return item(`**\`${path.at(-1)}\`** (${facts.join('; ')})${descriptionOf(schema)}`);
}

function descriptionOf(schema: JsonObject): string {
  const { description, anyOf } = schema;
  const own = typeof description === 'string' ? [description] : [];
  const forms = Array.isArray(anyOf) ? anyOf.filter(isJsonObject) : [];
  const ofForms = forms.flatMap((form) => {
    const text = form['description'];
    return typeof text === 'string' ? [text] : [];
  });
  const all = [...own, ...ofForms];
  return all.length === 0 ? '' : `: ${all.join(' ')}`;
}

/** The variable of a key; none for keys in lists, and for the key that editors use. */
function variableOf(path: FormatPath): readonly string[] {
  if (path.includes('<index>') || path[0] === '$schema') return [];
  const name = path.map((key) => (key === '<name>' ? '<NAME>' : key.toUpperCase())).join('__');
  return [`variable \`${name}\``];
}

function typeText(schema: JsonObject, path: FormatPath): string {
  const forms = formsOf(schema).map((form) => formText(form, path));
  return [...new Set(forms)].join(', or ');
}

function formText(form: JsonObject, path: FormatPath): string {
  const { type, items, minItems, maxItems, uniqueItems, examples } = form;
  if (Array.isArray(form['enum'])) return form['enum'].map((each) => `\`${each}\``).join(', ');
  const values = mapValuesOf(form);
  if (values !== undefined) return `object of ${plural(typeText(values, [...path, '<name>']))}`;
  switch (type) {
    case 'array': {
      const size = maxItems === 1 ? ' of one item' : minItems ? ` of at least ${minItems}` : '';
      const each = isJsonObject(items) ? typeText(items, [...path, '<index>']) : 'any value';
      return `list${size}${uniqueItems === true ? ' without repetition' : ''}, each item: ${each}`;
    }
    case 'object': {
      if (Object.keys(propertiesOf(form)).length > 0) return `object, see \`${path.join('.')}\``;
      return form['additionalProperties'] === true ? 'object' : 'empty object';
    }
    case 'string': {
      const length = rangeText(form['minLength'], form['maxLength']);
      const like = Array.isArray(examples)
        ? `, like ${examples.map((each) => `\`${each}\``).join(' or ')}`
        : '';
      const unit = length.endsWith(' 1') ? 'character' : 'characters';
      return `string${length === '' ? '' : `${length} ${unit}`}${like}`;
    }
    default:
      return `${type}${rangeText(form['minimum'], form['maximum'])}`;
  }
}

function rangeText(least: Json | undefined, most: Json | undefined): string {
  if (least === undefined) return most === undefined ? '' : ` of at most ${most}`;
  return most === undefined ? ` of at least ${least}` : ` of ${least} to ${most}`;
}

function plural(text: string): string {
  return text.startsWith('object, see') ? text.replace('object, see', 'objects, see') : text;
}

/** The branches of a union, or the schema itself. */
function formsOf(schema: JsonObject): readonly JsonObject[] {
  const { anyOf } = schema;
  return Array.isArray(anyOf) ? anyOf.filter(isJsonObject).flatMap(formsOf) : [schema];
}

function propertiesOf({ properties }: JsonObject): Readonly<Record<string, JsonObject>> {
  const entries = Object.entries(isJsonObject(properties) ? properties : {});
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (isJsonObject(value) ? [[key, value]] : [])),
  );
}

function requiredKeysOf({ required }: JsonObject): readonly Json[] {
  return Array.isArray(required) ? required : [];
}

/** The schema of the values of a map with free keys. */
function mapValuesOf({ patternProperties }: JsonObject): JsonObject | undefined {
  if (!isJsonObject(patternProperties)) return undefined;
  const [values] = Object.values(patternProperties);
  return isJsonObject(values) ? values : undefined;
}

function paragraph(text: string): readonly string[] {
  return wrapped(text, width);
}

function item(text: string): readonly string[] {
  return wrapped(text, width - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
}
