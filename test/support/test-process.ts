/**
 * One test file in a child process of its own: what it reported, what it printed, and what was wrong with the process.
 *
 * Job: start, limit and end the process group, so that a crash, an open handle or an orphan of one file touches no other.
 * Boundary: counts nothing itself; the numbers are the file's own report, the problems are the process's.
 *
 * 1. No report, an exit code other than 0 without a failed test, zero tests and a kill at the limit are each a problem.
 * 2. When the promise resolves no process of the file's group is left.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { programAt } from './program.ts';
import { isTestReport, type TestReport } from './report.ts';

export interface TestProcessOptions {
  /** The project's root: the working directory of the test. */
  readonly cwd: string;
  readonly seed: number;
  readonly limitMs: number;
}

export interface TestProcessOutcome {
  readonly report: TestReport | undefined;
  readonly problems: readonly string[];
  /** stdout and stderr as they came. */
  readonly output: string;
  readonly durationMs: number;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly expired: boolean;
}

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) killGroup(child);
});

/** `file` is the test's source. */
export async function runTestProcess(
  file: URL,
  options: TestProcessOptions,
): Promise<TestProcessOutcome> {
  const startedMs = performance.now();
  const child = start(file, options);
  let report: TestReport | undefined;
  const chunks: Buffer[] = [];
  child.on('message', (message) => {
    if (isTestReport(message)) report = message;
  });
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ending = await ended(child, options.limitMs);
  const output = Buffer.concat(chunks).toString('utf8');
  return {
    report,
    problems: problemsOf(report, ending, options.limitMs),
    output,
    durationMs: performance.now() - startedMs,
  };
}

function start(source: URL, { cwd, seed }: TestProcessOptions): ChildProcess {
  const { options, file } = programAt(source);
  const child = spawn(process.execPath, [...options, file], {
    cwd,
    env: { ...process.env, TEST_SEED: String(seed) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own, so that what the test started can be ended with it.
    detached: true,
  });
  running.add(child);
  return child;
}

function ended(child: ChildProcess, limitMs: number): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      killGroup(child);
    }, limitMs);
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(timer);
      killGroup(child);
      running.delete(child);
    });
    // After 'exit', when the pipes are drained too.
    child.once('close', (code, signal) => resolve({ code, signal, expired }));
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left in the group.
  }
}

function problemsOf(report: TestReport | undefined, ending: Ending, limitMs: number): string[] {
  if (ending.expired) return [`killed: it ran longer than ${limitMs} ms`];
  if (!report) return [`no report: it ended with ${ending.signal ?? `exit code ${ending.code}`}`];
  if (report.passed + report.failed + report.skipped === 0) return ['no tests'];
  if (report.failed === 0 && ending.code !== 0)
    return [`its tests passed, but it ended with ${ending.signal ?? `exit code ${ending.code}`}`];
  return [];
}
