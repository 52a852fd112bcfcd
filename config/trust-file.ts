/**
 * The section `trust` of a config from the file that `trust_file` names. All services can name one
 * file.
 *
 * - one place: a config with both keys is refused.
 * - whole: a file with a problem gives no section, and each problem names the file and the place in
 *   the file.
 */
import type { ConfigIssue } from './config-error.ts';
import type { Environment } from './environment.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { readJson } from './json-text.ts';
import { pointerTo } from './pointer.ts';
import { schemaProblems } from './schema-problems.ts';
import { shown } from './shown.ts';
import { trustSchema } from './trust-schema.ts';

/** A config file's content with its section `trust`, and the problems of the trust file. */
export interface WithTrust {
  readonly document: JsonObject;
  readonly issues: readonly ConfigIssue[];
  /** Whether the section stands in its own file, which may hold secrets. */
  readonly isFromFile: boolean;
}

export interface TrustFileOptions {
  /** The name of the config file. */
  readonly file: string;
  readonly env: Environment;
  /** Throws for a file that cannot be read. */
  readonly readFile: (path: string) => string;
}

export function withTrustFile(
  document: JsonObject,
  { file, env, readFile }: TrustFileOptions,
): WithTrust {
  const path = env['trust_file'] || env['TRUST_FILE'] || document['trust_file'];
  if (typeof path !== 'string' || path === '') return { document, issues: [], isFromFile: false };
  if (document['trust'] !== undefined) {
    const allowed = 'one of trust and trust_file';
    const issue = { file, pointer: '/trust_file', found: 'both', allowed };
    return { document, issues: [issue], isFromFile: false };
  }
  const { value, issues } = readTrust(path, readFile);
  if (value === undefined) return { document, issues, isFromFile: false };
  return { document: { ...document, trust: value }, issues, isFromFile: true };
}

/** Rules beyond the schema are checked with the environment applied. */
function readTrust(
  path: string,
  readFile: (path: string) => string,
): { readonly value?: JsonObject; readonly issues: readonly ConfigIssue[] } {
  let text: string;
  try {
    text = readFile(path);
  } catch (thrown) {
    const found = thrown instanceof Error ? thrown.message : String(thrown);
    return { issues: [{ file: path, pointer: '', found, allowed: 'a file that can be read' }] };
  }
  const { value, problems } = readJson(text);
  const all = [...problems, ...(value === undefined ? [] : schemaProblems(trustSchema, value))];
  const issues = all.map(({ path: at, found, allowed }) => ({
    file: path,
    pointer: pointerTo(at),
    found,
    allowed,
  }));
  if (issues.length > 0) return { issues };
  if (isJsonObject(value)) return { value, issues };
  return {
    issues: [{ file: path, pointer: '', found: shown(value ?? null), allowed: 'an object' }],
  };
}
