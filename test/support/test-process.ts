/**
 * A file of the project in a child process of its own: what it reported, what it printed, and what was wrong with the process.
 *
 * Job: start, limit and end the process group, so that a crash, an open handle or an orphan of one file touches no other.
 * Boundary: counts nothing itself. The numbers are the test file's own report, the problems are the process's.
 *
 * - A test file has a problem when it sends no report, exits with a code other than 0 without a failed test, has zero tests, or is
 *   killed at its limit.
 * - When the promise resolves, no process of the file's group is left.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { measuredProgramAt } from './program.ts';
import { isTestReport, type TestReport } from './report.ts';

export interface ProcessOptions {
  /** The project's root: the working directory of the process. */
  readonly cwd: string;
  /** For the process, and again from each report on. */
  readonly limitMs: number;
  /** Set beside the variables of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Arguments of the file. */
  readonly args?: readonly string[];
  /** Options of Node, before the file. */
  readonly nodeOptions?: readonly string[];
}

export interface TimedReport {
  readonly report: TestReport;
  readonly durationMs: number;
}

export interface ProcessOutcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when the process was killed because it ran longer than its limit. */
  readonly expired: boolean;
  /** The last one. Present only when the file is a test file that came to its end. */
  readonly report: TestReport | undefined;
  /** A report for each test file that the process has run, with the time that the file took. */
  readonly reports: readonly TimedReport[];
  /** stdout and stderr as they came. */
  readonly output: string;
  /** stdout and stderr, each for itself. */
  readonly streams: readonly [string, string];
  readonly durationMs: number;
}

export interface TestProcessOutcome extends ProcessOutcome {
  readonly problems: readonly string[];
}

type Ending = Pick<ProcessOutcome, 'code' | 'signal' | 'expired'>;

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) killGroup(child);
});

/** `file` is the test's source. */
export async function runTestProcess(
  file: URL,
  options: ProcessOptions,
): Promise<TestProcessOutcome> {
  const outcome = await runFile(file, options);
  return { ...outcome, problems: problemsOf(outcome, options.limitMs) };
}

/** `file` is the source of a program. */
export async function runFile(file: URL, options: ProcessOptions): Promise<ProcessOutcome> {
  const startedMs = performance.now();
  const child = start(file, options);
  const reports: TimedReport[] = [];
  let reportedMs = startedMs;
  child.on('message', (message) => {
    if (!isTestReport(message)) return;
    const nowMs = performance.now();
    reports.push({ report: message, durationMs: nowMs - reportedMs });
    reportedMs = nowMs;
  });
  const both = collected(child.stdout, child.stderr);
  const streams = [collected(child.stdout), collected(child.stderr)] as const;
  const { code, signal, expired } = await ended(child, options.limitMs);
  return {
    code,
    signal,
    expired,
    report: reports.at(-1)?.report,
    reports,
    output: both(),
    streams: [streams[0](), streams[1]()],
    durationMs: performance.now() - startedMs,
  };
}

/** Gives what has come so far, in the order in which it came. */
function collected(...streams: readonly (Readable | null)[]): () => string {
  const chunks: Buffer[] = [];
  for (const stream of streams) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** How a process ended, in words. */
export function endingText({ code, signal, expired }: Ending, limitMs: number): string {
  return expired ? `killed: it ran longer than ${limitMs} ms` : (signal ?? `exit code ${code}`);
}

function start(source: URL, options: ProcessOptions): ChildProcess {
  const { cwd, env, args = [], nodeOptions = [] } = options;
  const program = measuredProgramAt(source);
  const child = spawn(
    process.execPath,
    [...nodeOptions, ...program.options, program.file, ...args],
    {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own, so that what the file started can be ended with it.
      detached: true,
    },
  );
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
    child.on('message', () => timer.refresh());
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
    // ESRCH: no process is left in the group.
  }
}

/** What was wrong with the process of a test file. */
export function problemsOf(outcome: ProcessOutcome, limitMs: number): string[] {
  const { report, code, expired } = outcome;
  const ending = endingText(outcome, limitMs);
  if (expired) return [ending];
  if (!report) return [`no report: it ended with ${ending}`];
  if (report.passed + report.failed + report.skipped === 0) return ['no tests'];
  if (report.failed === 0 && code !== 0) return [`its tests passed, but it ended with ${ending}`];
  return [];
}
