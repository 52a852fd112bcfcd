/**
 * The only file that imports uvu: `suite`, `note`, `assert` and `seed`.
 *
 * Job: run a file's suites one after the other, count the tests, and report the counts to the reader and to the runner (`test-run.ts`).
 * Boundary: knows nothing of the product. uvu prints and asserts. The counts are made here, because uvu exits 0 too easily.
 *
 * - A failed hook is a failure: `before` fails each test of its suite, `after` counts as a failure of its own, `before.each` and
 *   `after.each` fail their test and never hide why the test itself failed.
 * - Every test and hook has a deadline. A test that blocks the thread is found late, by the clock or by the runner's limit.
 * - Every registered test must finish: a forgotten `run()`, an empty suite and an empty file are failures.
 * - A suite whose server does not answer is skipped and says so; with REQUIRE_SERVERS=1 it fails. A suite whose program is not installed
 *   is skipped and says so, whatever is required; without the browser a suite fails as without a server.
 * - A process that is kept alive after its last test fails and is ended. There is no `only` and no `skip`.
 */
import { setTimeout as pause, setImmediate as turnOfLoop } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as uvuAssert from 'uvu/assert';
import { absentPrograms, isProgram, isRequiredProgram } from './programs.ts';
import { type TestReport, totalsLine } from './report.ts';
import { isServer, serverLabel, unreachable } from './servers.ts';
import type { Need } from './suite-needs.ts';

export { seed } from './seed.ts';

type Body = () => unknown;

export interface Hook {
  (body: Body): void;
  each(body: Body): void;
}

export interface Suite {
  (title: string, body: Body): void;
  readonly before: Hook;
  readonly after: Hook;
  /** Queues the suite; it starts when the suites before it are through. Throws when called twice. */
  run(): void;
}

export interface SuiteOptions {
  readonly needs?: readonly Need[];
  /** For each test and each hook; 10 s when not given. */
  readonly deadlineMs?: number;
}

/** How an error must be: its message matches, it is an instance, or the predicate says yes. */
export type Expectation =
  | RegExp
  | (abstract new (
      ...args: never[]
    ) => Error)
  | ((error: unknown) => boolean);

interface Plan {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly deadlineMs: number;
  readonly cases: { title: string; body: Body }[];
  readonly before: Body[];
  readonly after: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
  queued: boolean;
  finished: number;
}

const deadlineDefaultMs = 10_000;
/** Time for pools and sockets to close by themselves after the last test. */
const lingerLimitMs = 5_000;

// uvu starts by itself on a timer, and again for each later run(), unless this is set before it is loaded.
const uvuQueue: unknown[][] = [];
Object.assign(globalThis, { UVU_DEFER: true, UVU_QUEUE: uvuQueue });
const uvu = await import('uvu');

const plans: Plan[] = [];
const totals = { passed: 0, failed: 0, skipped: 0 };
const notes: string[] = [];
const skips: string[] = [];
let chain: Promise<void> = Promise.resolve();
let linger: NodeJS.Timeout | undefined;
let closed = false;
/** From `fileStarted` to the end of `fileEnded`. */
let isUnderWay = false;

process.on('beforeExit', () => {
  if (isUnderWay) fail('the file waits for something that never comes');
  close();
});
process.on('exit', () => {
  if (closed) return;
  process.exitCode = process.exitCode || 1;
  process.stderr.write('the process ended before its tests did\n');
});

/** Adds a line to what the runner prints of this file, also when all its tests pass. */
export function note(text: string): void {
  notes.push(text);
  process.stdout.write(`${text}\n`);
}

/** A suite; nothing runs before its `run()`. */
export function suite(name: string, options: SuiteOptions = {}): Suite {
  const plan = planOf(name, options);
  plans.push(plan);
  const register = (title: string, body: Body) => {
    if (plan.queued) throw new Error(`${name}: test "${title}" comes after run()`);
    plan.cases.push({ title, body });
  };
  const before = hook(plan.before, plan.beforeEach);
  const after = hook(plan.after, plan.afterEach);
  return Object.assign(register, { before, after, run: () => enqueue(plan) });
}

function planOf(name: string, options: SuiteOptions): Plan {
  const { needs = [], deadlineMs = deadlineDefaultMs } = options;
  return {
    name,
    needs,
    deadlineMs,
    cases: [],
    before: [],
    after: [],
    beforeEach: [],
    afterEach: [],
    queued: false,
    finished: 0,
  };
}

function hook(once: Body[], each: Body[]): Hook {
  return Object.assign((body: Body) => void once.push(body), {
    each: (body: Body) => void each.push(body),
  });
}

function enqueue(plan: Plan): void {
  if (plan.queued) throw new Error(`${plan.name}: run() was called twice`);
  plan.queued = true;
  clearTimeout(linger);
  const mine = chain.then(() => runPlan(plan));
  chain = mine;
  // Unreferenced: it fires only when something else still keeps the process alive.
  const armed = mine.then(() => {
    if (chain === mine) linger = setTimeout(endLingering, lingerLimitMs).unref();
  });
  armed.catch((thrown: unknown) => fail(`${plan.name}: the suite itself failed`, thrown));
}

async function runPlan(plan: Plan): Promise<void> {
  const absent = await absentPrograms(plan.needs.filter(isProgram));
  const absence = `${absent.join(', ')} not installed`;
  if (absent.some(isRequiredProgram)) return failFor(plan, absence);
  if (absent.length > 0) return skip(plan, absence);
  const missing = await unreachable(plan.needs.filter(isServer));
  const silence = `no answer from ${missing.map(serverLabel).join(', ')}`;
  if (missing.length > 0 && process.env['REQUIRE_SERVERS'] === '1') return failFor(plan, silence);
  if (missing.length > 0) return skip(plan, silence);
  const broken = await firstFailure(plan, 'before', plan.before);
  await execute(plan, broken ? () => rejectWith(broken) : (body) => runCase(plan, body));
  // Also after a failed `before`: what it had opened must be closed.
  for (const body of plan.after) {
    const thrown = await firstFailure(plan, 'after', [body]);
    if (thrown) fail(`${plan.name}: after hook`, thrown);
  }
}

/** Fails each case of the plan: the test run requires what is not there. */
function failFor(plan: Plan, reason: string): Promise<void> {
  return execute(plan, () => rejectWith(new Error(`REQUIRE_SERVERS=1 and ${reason}`)));
}

function skip(plan: Plan, reason: string): void {
  const line = `${plan.name}: ${plan.cases.length} skipped, ${reason}`;
  skips.push(line);
  process.stdout.write(`${line}\n`);
  totals.skipped += plan.cases.length;
  plan.finished = plan.cases.length;
}

/** Has uvu run and print the cases of one plan, each through `perform`. */
async function execute(plan: Plan, perform: (body: Body) => Promise<void>): Promise<void> {
  const tests = uvu.suite(plan.name);
  for (const { title, body } of plan.cases) tests(title, () => counted(plan, () => perform(body)));
  uvuQueue.splice(0, uvuQueue.length, [null]);
  tests.run();
  await uvu.exec();
  // uvu writes 0 here, and Node then no longer reports a top-level await that never ends.
  process.exitCode = undefined;
}

async function counted(plan: Plan, perform: () => Promise<void>): Promise<void> {
  try {
    await perform();
    totals.passed += 1;
  } catch (thrown) {
    totals.failed += 1;
    throw thrown;
  } finally {
    plan.finished += 1;
  }
}

async function runCase(plan: Plan, body: Body): Promise<void> {
  const failures: Error[] = [];
  const early = await firstFailure(plan, 'before.each', plan.beforeEach);
  const own = early ?? (await firstFailure(plan, 'test', [body]));
  if (own) failures.push(own);
  for (const each of plan.afterEach) {
    const late = await firstFailure(plan, 'after.each', [each]);
    if (late) failures.push(late);
  }
  const [first, ...others] = failures;
  for (const other of others) process.stderr.write(`\n${plan.name}: ${inspect(other)}\n`);
  if (first) throw first;
}

async function firstFailure(
  plan: Plan,
  what: string,
  bodies: readonly Body[],
): Promise<Error | undefined> {
  for (const body of bodies) {
    try {
      await withinDeadline(plan.deadlineMs, body);
    } catch (thrown) {
      const error = printable(thrown);
      if (what !== 'test') error.message = `${what} hook: ${error.message}`;
      return error;
    }
  }
  return undefined;
}

async function withinDeadline(deadlineMs: number, body: Body): Promise<void> {
  const startedMs = performance.now();
  const late = () => new Error(`deadline of ${deadlineMs} ms passed`);
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), deadlineMs);
  });
  try {
    await Promise.race([Promise.resolve().then(body), expired]);
  } finally {
    clearTimeout(timer);
  }
  if (performance.now() - startedMs > deadlineMs) throw late();
}

async function rejectWith(error: Error): Promise<never> {
  throw error;
}

/** uvu's printer breaks, and then forgets the failure, on what is no Error or has `details` of its own. */
function printable(thrown: unknown): Error {
  if (thrown instanceof uvuAssert.Assertion) return thrown;
  const text = inspect(thrown);
  const error = new Error(
    thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `thrown: ${text}`,
  );
  error.stack = text.includes('\n') ? text : `${text}\n`;
  return error;
}

function fail(what: string, thrown?: unknown): void {
  totals.failed += 1;
  const reason = thrown === undefined ? '' : `\n${inspect(thrown)}`;
  process.stderr.write(`\n  FAIL  ${what}${reason}\n`);
}

function endLingering(): void {
  fail(
    `the process is kept alive after its last test by ${process.getActiveResourcesInfo().join(', ')}`,
  );
  close(() => process.exit());
}

/** Checks that everything registered has run, prints the totals and reports; once. */
function close(afterwards: () => void = () => {}): void {
  if (closed) return;
  closed = true;
  for (const plan of plans) checkFinished(plan);
  if (plans.length === 0) fail('no suite in this file');
  if (totals.failed > 0) process.exitCode = 1;
  process.stdout.write(`${totalsLine(totals)}\n`);
  const report: TestReport = { kind: 'test-report', ...totals, skips, notes };
  if (process.send) process.send(report, undefined, undefined, afterwards);
  else afterwards();
}

/** For a process that runs several files: called before each is imported. */
export function fileStarted(): void {
  closed = false;
  isUnderWay = true;
}

/**
 * Waits for the suites of the file that was imported last and until nothing is open but the streams of output. Then reports the file
 * and forgets its suites. A file that keeps more open ends the process, as it does alone.
 */
export async function fileEnded(): Promise<void> {
  for (let last: unknown; last !== chain; ) {
    last = chain;
    await chain.catch(() => undefined);
  }
  await turnOfLoop();
  while (hasOpen()) {
    await pause(5);
    await turnOfLoop();
  }
  clearTimeout(linger);
  isUnderWay = false;
  close();
  for (const list of [plans, notes, skips]) list.length = 0;
  Object.assign(totals, { passed: 0, failed: 0, skipped: 0 });
  process.exitCode = undefined;
}

/** stdout and stderr are pipes to the runner, and count as open once they were used. */
function hasOpen(): boolean {
  const open = process.getActiveResourcesInfo();
  return open.length > 2 || open.some((kind) => kind !== 'PipeWrap');
}

function checkFinished(plan: Plan): void {
  if (!plan.queued) fail(`${plan.name}: run() was not called`);
  else if (plan.cases.length === 0) fail(`${plan.name}: no tests`);
  else if (plan.finished !== plan.cases.length)
    fail(`${plan.name}: ${plan.finished} of ${plan.cases.length} tests finished`);
}

function expectError(error: unknown, expectation: Expectation | undefined): void {
  if (expectation === undefined) return;
  if (expectation instanceof RegExp)
    uvuAssert.match(error instanceof Error ? error.message : String(error), expectation);
  else if (isErrorClass(expectation)) uvuAssert.instance(error, expectation);
  else uvuAssert.ok(expectation(error), `the error is not the expected one: ${inspect(error)}`);
}

function isErrorClass(
  expectation: Exclude<Expectation, RegExp>,
): expectation is abstract new (
  ...args: never[]
) => Error {
  return expectation === Error || expectation.prototype instanceof Error;
}

const nothing = Symbol('nothing was thrown');

/** uvu's own calls an error class as a predicate (`Error(x)` is always true) and takes a string for the message of the failure. */
function throws(body: () => unknown, expectation?: Expectation): void {
  let thrown: unknown = nothing;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  if (thrown === nothing) uvuAssert.unreachable('expected the function to throw');
  expectError(thrown, expectation);
}

async function rejects(
  promiseOrBody: PromiseLike<unknown> | (() => unknown),
  expectation?: Expectation,
): Promise<void> {
  let thrown: unknown = nothing;
  try {
    await (typeof promiseOrBody === 'function' ? promiseOrBody() : promiseOrBody);
  } catch (error) {
    thrown = error;
  }
  if (thrown === nothing) uvuAssert.unreachable('expected the promise to be rejected');
  expectError(thrown, expectation);
}

type Assert = Omit<typeof uvuAssert, 'throws'> & {
  readonly throws: typeof throws;
  readonly rejects: typeof rejects;
};

/** uvu/assert with a strict `throws` and an asynchronous `rejects`, which must be awaited. */
export const assert: Assert = { ...uvuAssert, throws, rejects };
