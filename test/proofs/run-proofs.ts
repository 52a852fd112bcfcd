/**
 * Runs proofs at full size, one after the other, and says what came of them.
 *
 * Job: a process for each proof, its verdict, and one table of all.
 * Boundary: what a proof is stands in `proofs.ts`; a process is started and ended by `test-process.ts`.
 *
 * - A proof is held when its process exits 0 and, for a test file, when at least one test has passed.
 * - A proof whose server does not answer or whose program is not installed is skipped with the reason. With REQUIRE_SERVERS=1 a server
 *   that does not answer fails the proof.
 */
import { absentPrograms, isProgram } from '../support/programs.ts';
import { projectRoot } from '../support/project-root.ts';
import { isServer, serverLabel, unreachable } from '../support/servers.ts';
import { endingText, type ProcessOutcome, runFile } from '../support/test-process.ts';
import type { Proof } from './proof.ts';

export interface ProofOptions {
  readonly scale: number;
  readonly seed: number;
  /** The tree in which the files of the proofs stand: the sources or what is compiled of them. */
  readonly tree: URL;
  /** Called with lines of progress. */
  readonly say: (line: string) => void;
}

export type Verdict = 'held' | 'FAILED' | 'skipped';

export interface ProofResult {
  readonly name: string;
  readonly claim: string;
  readonly size: string;
  readonly verdict: Verdict;
  readonly seed: number;
  readonly seconds: number;
  /** Why the proof was skipped or failed; empty when it holds. */
  readonly reason: string;
  /** The command that runs this proof again with the same seed. */
  readonly again: string;
}

const limitMs = 3 * 3_600_000;
/** Lines of the output of a proof that failed. */
const shownLines = 60;

export async function runProofs(
  proofs: readonly Proof[],
  options: ProofOptions,
): Promise<readonly ProofResult[]> {
  const results: ProofResult[] = [];
  for (const proof of proofs) {
    options.say(`${proof.name}: ${proof.size(options.scale)} …`);
    const result = await runProof(proof, options);
    options.say(`${proof.name}: ${result.verdict}, ${result.seconds} s`);
    results.push(result);
  }
  return results;
}

async function runProof(proof: Proof, options: ProofOptions): Promise<ProofResult> {
  const { scale, seed } = options;
  const result = {
    name: proof.name,
    claim: proof.claim,
    size: proof.size(scale),
    seed,
    seconds: 0,
    again: againOf(proof, options),
  };
  const lack = await lackOf(proof);
  if (lack !== undefined) return { ...result, ...lack };
  const outcome = await runFile(new URL(proof.file, options.tree), {
    cwd: projectRoot,
    limitMs,
    env: { TEST_SEED: String(seed), PROOFS: 'full', PROOFS_SCALE: String(scale) },
    args: proof.args?.(scale, seed) ?? [],
    nodeOptions: proof.nodeOptions ?? [],
  });
  const reason = failureOf(proof, outcome);
  if (reason !== '') options.say(lastLines(outcome.output));
  return {
    ...result,
    verdict: reason === '' ? 'held' : 'FAILED',
    seconds: Math.round(outcome.durationMs / 1_000),
    reason,
  };
}

function againOf({ name }: Proof, { scale, seed }: ProofOptions): string {
  const scaled = scale === 1 ? '' : ` --scale ${scale}`;
  return `npm run proofs -- --only ${name} --seed ${seed}${scaled}`;
}

/** Why a proof cannot run here, and whether that fails it. */
async function lackOf({
  needs,
}: Proof): Promise<Pick<ProofResult, 'verdict' | 'reason'> | undefined> {
  const absent = await absentPrograms(needs.filter(isProgram));
  if (absent.length > 0)
    return { verdict: 'skipped', reason: `${absent.join(', ')} not installed` };
  const missing = await unreachable(needs.filter(isServer));
  if (missing.length === 0) return undefined;
  const verdict = process.env['REQUIRE_SERVERS'] === '1' ? 'FAILED' : 'skipped';
  return { verdict, reason: `no answer from ${missing.map(serverLabel).join(', ')}` };
}

/** Empty when the proof holds. */
function failureOf(proof: Proof, outcome: ProcessOutcome): string {
  if (outcome.code !== 0 || outcome.expired) return endingText(outcome, limitMs);
  const isTest = proof.args === undefined;
  return isTest && (outcome.report?.passed ?? 0) === 0 ? 'no test has passed' : '';
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-shownLines).join('\n');
}

/** A line for each proof, in columns, and under them a line for each proof that failed. */
export function proofTable(results: readonly ProofResult[]): string {
  const rows = [
    ['proof', 'size', 'seconds', 'verdict'],
    ...results.map(({ name, size, seconds, verdict, reason }) => [
      name,
      size,
      String(seconds),
      reason === '' ? verdict : `${verdict}: ${reason}`,
    ]),
  ];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? '').length)),
  );
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 2 ? cell.padStart(widths[2] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const failures = results
    .filter(({ verdict }) => verdict === 'FAILED')
    .map(({ name, seed, again }) => `${name} failed with seed ${seed}; again: ${again}`);
  return [...lines, ...failures].join('\n');
}
