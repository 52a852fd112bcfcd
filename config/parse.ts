/**
 * The parser of config files: text and environment in, a frozen config or every problem out.
 *
 * - order: JSON, environment over file, defaults of the actors, schema, older forms and rules, then
 *   contradictions between entries.
 * - all-at-once: all problems are reported together. Later checks leave out entries that the schema
 *   refuses, so that no mere consequence is reported. Broken `defaults` end the checks, because
 *   every entry depends on them.
 * - one error: for any text the only error is `ConfigError`.
 */
import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError, type ConfigIssue } from './config-error.ts';
import { deepFreeze } from './deep-freeze.ts';
import {
  type Environment,
  type Origin,
  originOf,
  variableLabel,
  withEnvironment,
} from './environment.ts';
import type { ExchangeConfig } from './exchange-config.ts';
import { fileSecrets } from './file-secrets.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { readJson } from './json-text.ts';
import { normalised } from './normalise.ts';
import { ownValue, type Path, pointerTo, withoutKey } from './pointer.ts';
import { hidden } from './redact.ts';
import {
  type ExchangeConfigFile,
  exchangeConfigSchema,
  type FormatParts,
  type Sections,
} from './schema.ts';
import { type Problem, schemaProblems } from './schema-problems.ts';
import { shown } from './shown.ts';
import { topologyIssues } from './topology.ts';
import { withTrustFile } from './trust-file.ts';

export interface ParseOptions extends FormatParts {
  /** Name of the file in errors. */
  readonly file: string;
  /** `{}` for none. */
  readonly env: Environment;
  /** Reads the file that a `*_FILE` variable names. Default: from the disk. */
  readonly readFile?: (path: string) => string;
}

/** Throws `ConfigError` with every problem of the file and of the environment. */
export function parseExchangeConfig(text: string, options: ParseOptions): ExchangeConfig {
  const { readFile = readText } = options;
  const { schema, reading, trust, overlaid, document } = givenContent(text, options);
  const refused = schemaProblems(schema, document);
  const known = new Set(refused.map(({ path }) => pointerTo(path)));
  const fromFile = (path: Path) =>
    originOf(path, overlaid.origins) === undefined &&
    !known.has(pointerTo(path)) &&
    !(trust.isFromFile && path[0] === 'trust');
  const secrets = fileSecrets(document, fromFile);
  const { config, issues } = checked(document, refused, schema, { ...options, readFile });
  const placed = [...refused, ...secrets, ...issues.rules].map((problem) =>
    issueOf(problem, overlaid.origins, options.file),
  );
  const read = [...reading.issues, ...overlaid.issues, ...trust.issues];
  const all = [...read, ...placed, ...issues.contradictions];
  if (all.length > 0 || config === undefined) throw new ConfigError(all);
  return deepFreeze(config);
}

/**
 * The content of a file, and the document that the file, the environment and the actors' defaults
 * give.
 */
export function givenContent(text: string, options: ParseOptions) {
  const schema = exchangeConfigSchema(options);
  const { env, readFile = readText } = options;
  const reading = readContent(text, options.file);
  const trust = withTrustFile(reading.content, { file: options.file, env, readFile });
  const overlaid = withEnvironment(trust.document, {
    env,
    schema,
    sections: Object.keys(options.sections),
    readFile,
  });
  const document = withSectionDefaults(overlaid.document, options.sections);
  return { schema, reading, trust, overlaid, document };
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

interface FileReading {
  readonly content: JsonObject;
  readonly issues: readonly ConfigIssue[];
}

/** The object in the file, and its refused keys. Throws if the text holds no object. */
function readContent(text: string, file: string): FileReading {
  const { value, problems } = readJson(text);
  const issues = problems.map(({ path, ...problem }) => ({
    ...problem,
    file,
    pointer: pointerTo(path),
  }));
  if (value === undefined) throw new ConfigError(issues);
  if (isJsonObject(value)) return { content: value, issues };
  throw new ConfigError([
    ...issues,
    { file, pointer: '', found: shown(value), allowed: 'an object' },
  ]);
}

function withSectionDefaults(document: JsonObject, sections: Sections): JsonObject {
  const present = Object.entries(sections).filter(([name]) => Object.hasOwn(document, name));
  const filled = present.map(([name, section]) => [
    name,
    Value.Default(section, structuredClone(document[name])) as Json,
  ]);
  return { ...document, ...Object.fromEntries(filled) };
}

interface Checked {
  readonly config: ExchangeConfig | undefined;
  readonly issues: {
    readonly rules: readonly Problem[];
    readonly contradictions: readonly ConfigIssue[];
  };
}

/**
 * The config and its problems beyond the schema. The config is `undefined` if `defaults` is broken.
 */
function checked(
  document: JsonObject,
  refused: readonly Problem[],
  schema: TSchema,
  { file, sections, schemes, readFile }: Required<ParseOptions>,
): Checked {
  if (refused.some(({ path }) => path[0] === 'defaults'))
    return { config: undefined, issues: { rules: [], contradictions: [] } };
  const rules: Problem[] = [];
  const sound = soundPart(document, refused, schema);
  const report = (path: Path, found: string, allowed: string) => {
    if (!isConsequence(path, refused)) rules.push({ path, found, allowed });
  };
  const named = Object.keys(sections).flatMap((name) => sectionEntry(name, ownValue(sound, name)));
  const config = normalised({
    file,
    content: sound as ExchangeConfigFile & JsonObject,
    sections: Object.fromEntries(named),
    schemes,
    readFile,
    report,
  });
  return { config, issues: { rules, contradictions: topologyIssues([config]) } };
}

function sectionEntry(name: string, value: Json | undefined): [string, JsonObject][] {
  return isJsonObject(value) ? [[name, value]] : [];
}

const entryMaps: readonly (string | undefined)[] = ['publish', 'consume', 'subscribe'];

/**
 * The content without the refused parts: entries of the three maps; if that is not enough, whole
 * top-level keys.
 */
function soundPart(document: JsonObject, refused: readonly Problem[], schema: TSchema): JsonObject {
  const isEntry = (path: Path) =>
    entryMaps.includes(path[0]) && isJsonObject(document[path[0] ?? '']);
  const withoutEntries = without(
    document,
    refused.map(({ path }) => path.slice(0, isEntry(path) ? 2 : 1)),
  );
  const left = schemaProblems(schema, withoutEntries);
  return without(
    withoutEntries,
    left.map(({ path }) => path.slice(0, 1)),
  );
}

/** Adds a placeholder for a missing `svc_name`, so that the rest can be checked. */
function without(document: JsonObject, paths: readonly Path[]): JsonObject {
  const rest = paths.reduce(withoutKey, document);
  return Object.hasOwn(rest, 'svc_name') ? rest : { ...rest, svc_name: 'svc_name' };
}

/** Whether the missing value may be in a part that was left out. */
function isConsequence(path: Path, refused: readonly Problem[]): boolean {
  const lookedForIn =
    pointerTo(path) === '/consume/main'
      ? 'consume'
      : path[0] === 'hierarchy'
        ? 'subscribe'
        : undefined;
  return lookedForIn !== undefined && refused.some((problem) => problem.path[0] === lookedForIn);
}

function issueOf(
  { path, found, allowed }: Problem,
  origins: readonly Origin[],
  file: string,
): ConfigIssue {
  const origin = originOf(path, origins);
  if (origin === undefined) return { file, pointer: pointerTo(path), found, allowed };
  return {
    file: variableLabel(origin.variable),
    pointer: pointerTo(path),
    found: origin.secret ? hidden : found,
    allowed,
  };
}
