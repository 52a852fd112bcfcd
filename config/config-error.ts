/**
 * A config that is refused, with everything that is wrong with it.
 *
 * 1. One error carries all problems; the message lists every one of them on a line of its own.
 * 2. `found` is redacted and shortened by whoever made the issue, so an error may be printed and logged as it is.
 */
export interface ConfigIssue {
  /** The file, or `environment variable NAME` when the value came from there. */
  readonly file: string;
  /** JSON pointer (RFC 6901); `''` is the whole file. */
  readonly pointer: string;
  readonly found: string;
  readonly allowed: string;
  /** Where the text itself is no JSON or a key is refused; counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * What `parseExchangeConfig`, `loadExchangeConfigs`, `openDeployment` and a runtime's start throw for configs that are refused. `issues`
 * has every problem with its place.
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
