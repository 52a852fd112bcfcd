/**
 * The error for configs that are refused, with all their problems.
 *
 * - all-at-once: one error carries all problems; its message has a line for each problem.
 * - printable: `found` is redacted and shortened where the issue is created, so the message may be
 *   printed and logged.
 */
export interface ConfigIssue {
  /** The file, or `environment variable NAME` if the value comes from the environment. */
  readonly file: string;
  /** JSON pointer (RFC 6901); `''` stands for the whole file. */
  readonly pointer: string;
  readonly found: string;
  readonly allowed: string;
  /** For a text that is no JSON, and for a key that is refused in any config. Counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * Thrown by `parseExchangeConfig`, `loadExchangeConfigs`, `openDeployment` and the start of a
 * runtime. `issues` has every problem with its place in the file or in the environment.
 */
export class ConfigError extends Error {
  readonly code = 'config-invalid';
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    super(messageOf(issues));
    this.name = 'ConfigError';
    this.issues = issues;
  }
}

function messageOf(issues: readonly ConfigIssue[]): string {
  const title =
    issues.length === 1
      ? 'the exchange config is refused:'
      : `the exchange config is refused, ${issues.length} problems:`;
  return [title, ...issues.map((issue) => `  ${lineOf(issue)}`)].join('\n');
}

function lineOf({ file, pointer, line, column, found, allowed }: ConfigIssue): string {
  const position = line === undefined ? file : `${file}:${line}:${column}`;
  return `${position} ${pointer || '(whole file)'}: found ${found}; allowed: ${allowed}`;
}
