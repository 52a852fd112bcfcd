/**
 * The test runner, compiled (`npm test -- [part of a path]…`), or as it stands: `node --import tsx test/support/run.ts [part of a path]…`
 *
 * Job: find the `*.test.ts` files under `test/`, run each in a process of its own, two at a time, and add up what they report.
 * Boundary: how a file counts its tests is `suite.ts`; how its process is started and ended is `test-process.ts`.
 *
 * Environment: TEST_SEED repeats a run, TEST_FILE_LIMIT_MS (10 min) limits a file, REQUIRE_SERVERS=1 makes a missing server a failure,
 * PROOFS chooses the sizes of the proofs by repetition (`proof-size.ts`).
 * 1. Prints the seed first, a line a file, the whole output of a file only when it failed, and the totals last.
 * 2. Exits 1 on any failure and when no test was found.
 */
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { type Totals, totalsLine } from './report.ts';
import { seed } from './seed.ts';
import { runTestProcess, type TestProcessOutcome } from './test-process.ts';

const concurrency = 2;
const fileLimitMs = limitFrom(process.env['TEST_FILE_LIMIT_MS'] ?? '600000');
const cwd = process.cwd();
/** Where the tests are run from: the compiled ones are beside this file. */
const tree =
  extname(import.meta.url) === '.ts'
    ? pathToFileURL(`${cwd}/`)
    : new URL('../../', import.meta.url);

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
await main(process.argv.slice(2));

async function main(filters: readonly string[]): Promise<void> {
  seed();
  const files = testFiles(filters);
  const limit = pLimit(concurrency);
  const outcomes = await Promise.all(files.map((file) => limit(() => runFile(file))));
  const failedFiles = files.filter((_, index) => outcomes[index] && failures(outcomes[index]) > 0);
  if (files.length === 0)
    process.stdout.write(`no test file under test/ matches ${filters.join(' ') || '*.test.ts'}\n`);
  if (failedFiles.length > 0)
    process.stdout.write(`\nagain: TEST_SEED=${seed()} npm test -- ${failedFiles.join(' ')}\n`);
  const totals = files.length === 0 ? { passed: 0, failed: 1, skipped: 0 } : sum(outcomes);
  if (totals.failed > 0) process.exitCode = 1;
  process.stdout.write(`${totalsLine(totals)}\n`);
}

function testFiles(filters: readonly string[]): string[] {
  const found = readdirSync(join(cwd, 'test'), { recursive: true, encoding: 'utf8' });
  const ours = found.filter(
    (path) => /\.test\.ts$/.test(path) && !path.split('/').includes('node_modules'),
  );
  const files = ours.map((path) => `test/${path}`);
  return files
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
    .sort();
}

async function runFile(file: string): Promise<TestProcessOutcome> {
  const outcome = await runTestProcess(new URL(file, tree), {
    cwd,
    seed: seed(),
    limitMs: fileLimitMs,
  });
  process.stdout.write(
    failures(outcome) > 0 ? failureText(file, outcome) : lineOf('ok  ', file, outcome),
  );
  return outcome;
}

function lineOf(mark: string, file: string, outcome: TestProcessOutcome): string {
  const counts = outcome.report ? totalsLine(outcome.report) : 'no report';
  const notes = (outcome.report?.notes ?? []).map((note) => `        ${note}\n`).join('');
  return `${mark}  ${file}  ${counts}  ${(outcome.durationMs / 1000).toFixed(1)} s\n${notes}`;
}

function failureText(file: string, outcome: TestProcessOutcome): string {
  const problems = outcome.problems.map((problem) => `      ${problem}\n`).join('');
  return `${lineOf('FAIL', file, outcome)}${problems}${outcome.output.replace(/\n*$/, '\n')}`;
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

function limitFrom(text: string): number {
  const limitMs = Number(text);
  if (!Number.isInteger(limitMs) || limitMs <= 0)
    throw new Error(`TEST_FILE_LIMIT_MS=${text}: expected a number of milliseconds above 0`);
  return limitMs;
}
