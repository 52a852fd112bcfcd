/** What a test file tells the runner over the IPC channel when it is through; a file that sends none has failed. */
export interface TestReport {
  readonly kind: 'test-report';
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A line for each suite that was skipped, with the server or program that is not there. */
  readonly skips: readonly string[];
  /** Lines that a test has added. */
  readonly notes: readonly string[];
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The last line of every run; `.ci/run` sums these. */
export function totalsLine(totals: Totals): string {
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  return `${totals.passed} passed, ${totals.failed} failed${skipped}`;
}

export function isTestReport(message: unknown): message is TestReport {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    message.kind === 'test-report'
  );
}

/** Printed on both streams before a file that shares its process with others. */
export function fileHeading(url: string): string {
  return `\n== ${url}\n`;
}
