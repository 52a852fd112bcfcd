/**
 * One run of test files.
 *
 * Job: find the `*.test.ts` files under `test/`, run each in a process of its own, some at a time, and add up what they report.
 * Small files share processes (`shared-process.ts`).
 * Boundary: how a file counts its tests is `suite.ts`; how its process is started and ended is `test-process.ts`.
 *
 * - Prints the seed first, then what will be skipped and why, a line a file, and the totals last. The whole output of a file is printed
 *   only when the file failed.
 * - Sets the exit code 1 on any failure and when no test was found.
 * - Files run at the same time: each has database schemas, virtual hosts, folders and ports of its own. The slowest are started first.
 * - TEST_RUN_FOLDER names a folder to each file, in which files of one run share what is dear to make. It goes with the run.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { serveBrokerControl } from './broker-control.ts';
import { longestFirst, slowFiles } from './file-costs.ts';
import { type Lack, lacksOf, lackText } from './lacks.ts';
import { type Totals, totalsLine } from './report.ts';
import { seed } from './seed.ts';
import { runShared, sharedGroups, sharesProcess } from './shared-process.ts';
import type { ProcessOptions, TestProcessOutcome } from './test-process.ts';

export interface TestRunOptions {
  /** The project: its tests are found below `test/`, and it is the working directory of each. */
  readonly cwd: string;
  /** The folder in which the files that run stand under the same paths: the project, or what is compiled of it. */
  readonly tree: URL;
  /** Parts of paths. A file is run when its path has one of them, and always when there are none. */
  readonly filters: readonly string[];
}

/** One more than there are cores: most of the slow files wait for servers and processes. */
const parallelDefault = availableParallelism() + 1;
const fileLimitDefaultMs = 600_000;

export async function runTests(options: TestRunOptions): Promise<void> {
  seed();
  const texts = new Map(
    testFiles(options).map((file) => [file, readFileSync(join(options.cwd, file), 'utf8')]),
  );
  const groups = processGroups(texts);
  const lacks = await lacksOf([...texts].map(([file, text]) => ({ file, text })));
  for (const lack of lacks) print(lackText(lack));
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-tests-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const stopBrokerControl = await serveBrokerControl(folder);
  const limit = pLimit(countFrom('TEST_PARALLEL', parallelDefault));
  const each: ProcessOptions = {
    cwd: options.cwd,
    env: { TEST_SEED: String(seed()), TEST_RUN_FOLDER: folder },
    limitMs: countFrom('TEST_FILE_LIMIT_MS', fileLimitDefaultMs),
  };
  const outcomes = await Promise.all(
    groups.map((files) => limit(() => runGroup(files, options.tree, each, lacks))),
  );
  stopBrokerControl();
  finish(groups.flat(), outcomes.flat(), options);
}

function finish(
  files: readonly string[],
  outcomes: readonly TestProcessOutcome[],
  { filters }: TestRunOptions,
): void {
  const failed = files.filter((_, index) => outcomes[index] && failures(outcomes[index]) > 0);
  if (files.length === 0)
    print(`no test file under test/ matches ${filters.join(' ') || '*.test.ts'}`);
  if (failed.length > 0) print(`\nagain: TEST_SEED=${seed()} npm test -- ${failed.join(' ')}`);
  const totals = files.length === 0 ? { passed: 0, failed: 1, skipped: 0 } : sum(outcomes);
  if (totals.failed > 0) process.exitCode = 1;
  print(totalsLine(totals));
}

/** The slowest first. */
function testFiles({ cwd, filters }: TestRunOptions): readonly string[] {
  const found = readdirSync(join(cwd, 'test'), { recursive: true, encoding: 'utf8' });
  const files = found
    .filter((path) => /\.test\.ts$/.test(path) && !path.split('/').includes('node_modules'))
    .map((path) => `test/${path}`)
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)));
  return longestFirst(files);
}

/** The files of each process: those that need one of their own first, in the order given. */
function processGroups(texts: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const shared = [...texts].filter(
    ([file, text]) => !slowFiles.includes(file) && sharesProcess(file, text),
  );
  const files = shared.map(([file]) => file);
  const own = [...texts.keys()].filter((file) => !files.includes(file));
  return [...own.map((file) => [file]), ...sharedGroups(files)];
}

async function runGroup(
  files: readonly string[],
  tree: URL,
  options: ProcessOptions,
  lacks: readonly Lack[],
): Promise<readonly TestProcessOutcome[]> {
  const urls = files.map((file) => new URL(file, tree));
  const outcomes = await runShared(urls, options);
  for (const [index, file] of files.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    const wasTold = lacks.some((lack) => lack.files.includes(file));
    if (failures(outcome) === 0) print(fileText('ok  ', file, outcome, wasTold));
    else print(failureText(file, outcome, wasTold, files.slice(0, index)));
  }
  return outcomes;
}

/** A line, and below it the notes of the file. Why its suites were skipped is left out when that `wasTold` at the start. */
function fileText(
  mark: string,
  file: string,
  { report, durationMs }: TestProcessOutcome,
  wasTold: boolean,
): string {
  const counts = report ? totalsLine(report) : 'no report';
  const notes = [...(wasTold ? [] : (report?.skips ?? [])), ...(report?.notes ?? [])];
  const line = `${mark}  ${file}  ${counts}  ${(durationMs / 1000).toFixed(1)} s`;
  return [line, ...notes.map((note) => `        ${note}`)].join('\n');
}

/** `before`: the files that ran before it, in general in the same process. */
function failureText(
  file: string,
  outcome: TestProcessOutcome,
  wasTold: boolean,
  before: readonly string[],
): string {
  return [
    fileText('FAIL', file, outcome, wasTold),
    ...outcome.problems.map((problem) => `      ${problem}`),
    ...(before.length > 0 ? [`      in one process after ${before.join(' ')}`] : []),
    outcome.output.replace(/\n*$/, ''),
  ].join('\n');
}

/** The failed tests of a file, and one for each thing that was wrong with its process. */
function failures(outcome: TestProcessOutcome): number {
  return (outcome.report?.failed ?? 0) + outcome.problems.length;
}

function sum(outcomes: readonly TestProcessOutcome[]): Totals {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const outcome of outcomes) {
    totals.passed += outcome.report?.passed ?? 0;
    totals.failed += failures(outcome);
    totals.skipped += outcome.report?.skipped ?? 0;
  }
  return totals;
}

function countFrom(name: string, otherwise: number): number {
  const text = process.env[name] ?? String(otherwise);
  const count = Number(text);
  if (!Number.isInteger(count) || count <= 0)
    throw new Error(`${name}=${text}: expected a whole number above 0`);
  return count;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
