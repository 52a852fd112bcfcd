/**
 * Small test files that share a process, so that the modules they import are loaded once.
 *
 * Job: choose the files, and tell from one process how each of its files ended.
 * Boundary: `run-files.ts` runs the files inside the process.
 *
 * - A file shares a process only when its text names neither the process, nor `globalThis`, nor another process or thread, nor
 *   servers. Files of a process have no state in common but the modules.
 * - Each file has its own counts, output and time limit. A file after whose end something still keeps the process alive has failed.
 * - When a process ends early, the file under way has failed, and the files after it run in a new process.
 */
import { pathToFileURL } from 'node:url';
import { programAt } from './program.ts';
import { fileHeading } from './report.ts';
import {
  type ProcessOptions,
  type ProcessOutcome,
  problemsOf,
  runFile,
  runTestProcess,
  type TestProcessOutcome,
} from './test-process.ts';

/** Most files in one process: enough that loading modules costs little, few enough that the last processes end together. */
const filesMax = 20;
const notShared =
  /\bprocess\b\s*\.|globalThis|node:(child_process|process|worker_threads|cluster)|opentelemetry|needs:/;
const program = new URL('./run-files.ts', import.meta.url);

/** Whether a test file with this text may run in a process with others. */
export function sharesProcess(file: string, text: string): boolean {
  return /^test\/(unit|tidy)\//.test(file) && !notShared.test(text);
}

/** The files in groups, each for one process. */
export function sharedGroups(files: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(files.length / filesMax);
  const size = Math.ceil(files.length / count);
  return Array.from({ length: count }, (_, at) => files.slice(at * size, (at + 1) * size));
}

/** The outcome of each file, in their order. A single file runs as a program of its own. */
export async function runShared(
  files: readonly URL[],
  options: ProcessOptions,
): Promise<readonly TestProcessOutcome[]> {
  const [first, ...others] = files;
  if (first === undefined) return [];
  if (others.length === 0) return [await runTestProcess(first, options)];
  const args = files.map((file) => pathToFileURL(programAt(file).file).href);
  const whole = await runFile(program, { ...options, args });
  const outcomes = endedFiles(whole, args, options.limitMs);
  return [...outcomes, ...(await runShared(files.slice(outcomes.length), options))];
}

/** Of the files that were started: those with a report, and the file that was under way when the process ended. */
function endedFiles(
  whole: ProcessOutcome,
  urls: readonly string[],
  limitMs: number,
): readonly TestProcessOutcome[] {
  const reported = whole.reports.map(({ report, durationMs }, index) => {
    // How the process ended is the problem of its last file.
    const ending = index === urls.length - 1 ? {} : { code: 0, signal: null, expired: false };
    const outcome = {
      ...whole,
      ...ending,
      report,
      durationMs,
      output: outputOf(whole, urls, index),
    };
    return { ...outcome, problems: problemsOf(outcome, limitMs) };
  });
  // A file that kept the process alive has ended the process after its report.
  const hasEndedIt = (whole.report?.failed ?? 0) > 0 && !whole.expired;
  if (reported.length === urls.length || hasEndedIt) return reported;
  const durationMs = reported.reduce((left, one) => left - one.durationMs, whole.durationMs);
  const output = outputOf(whole, urls, reported.length);
  const open = { ...whole, report: undefined, durationMs, output };
  return [...reported, { ...open, problems: problemsOf(open, limitMs) }];
}

/** What a file has printed: stdout, then stderr. */
function outputOf(whole: ProcessOutcome, urls: readonly string[], index: number): string {
  const [url, next] = [urls[index] ?? '', urls[index + 1]];
  return whole.streams
    .map((text) => {
      const [, own = ''] = text.split(fileHeading(url));
      return next === undefined ? own : (own.split(fileHeading(next))[0] ?? '');
    })
    .join('');
}
