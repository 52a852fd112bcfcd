/** Runs `unanimous demo` as a user does, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programAt } from '../../support/program.ts';
import { assert } from '../../support/suite.ts';

export interface DemoOutcome {
  readonly code: number | null;
  /** What it printed, both streams. */
  readonly output: string;
  readonly durationMs: number;
}

const cli = programAt(new URL('../../../cli/cli.ts', import.meta.url));

export async function runDemoProcess(...options: string[]): Promise<DemoOutcome> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...cli.options, cli.file, 'demo', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return {
    code,
    output: Buffer.concat(chunks).toString('utf8'),
    durationMs: performance.now() - startedMs,
  };
}

/** What the output must say, in this order. */
const outputLines: readonly RegExp[] = [
  /^1\. Messages create a metalworking shop\.$/m,
  /^ {2}The tree has 58 nodes: 6 prsConstant, 8 prsObject, 16 prsTag, 14 prsAlert, 14 prsMethod\.$/m,
  /^2\. A client deletes the constant cutting-speed-steel; methods use it\.$/m,
  /methods +REFUSES to lose cutting-speed-steel: it is in use by/,
  /constants +cancels the deletion, and unfreezes cutting-speed-steel/,
  /The client gets the error 409\. Every node is still there\./,
  /^3\. A client deletes the section turning/m,
  /objects +asks tags about 3 nodes/,
  /tags +asks alerts about 7 nodes/,
  /alerts +asks methods about 5 nodes/,
  /tags +agrees about 3 nodes/,
  /objects +DECIDES to delete turning/,
  /methods +REMOVES/,
  /alerts +REMOVES/,
  /tags +REMOVES/,
  /objects +REMOVES turning/,
  /25 nodes are gone/,
  /^4\. The user ivanova deletes the card/m,
  /marks card-lathe-guide as deleted/,
  /REMOVES the row of card-lathe-guide/,
  /file_remover REMOVES/,
  /gets the error 403/,
  /^5\. A client deletes mill-2/m,
  /objects +DECIDES to delete mill-2/,
  /process +is KILLED with SIGKILL/,
  // The removal does not wait until HTTP is served again, and a replica removes before the start.
  /process +has started again[\s\S]*objects +REMOVES mill-2|objects +REMOVES mill-2[\s\S]*has started again/,
  /^ {2}23 nodes are left, exactly the expected ones\.$/m,
  /^7\. The user ivanova deletes a card whose token is on a chain\.$/m,
  /chains +signs the burn/,
  /chains +BURNS the/,
  /REMOVES the row of card-deed/,
  /The token 17 is no longer on the chain, and the file has a receipt\./,
  /The certificate [0-9a-f]{12}… with 1 receipt is verified\./,
  /^Everything is as expected/m,
];

const linesMax = 120;
const columnsMax = 100;

/**
 * Fails with the whole output when the demo did not come to its end, or printed too much, too wide,
 * or a line twice.
 */
export function assertOutput({ code, output }: DemoOutcome): void {
  assert.is(code, 0, `exit code ${code}:\n${output}`);
  let rest = output;
  for (const line of outputLines) {
    const found = line.exec(rest);
    assert.ok(found, `no ${line} where it belongs in:\n${output}`);
    rest = rest.slice((found?.index ?? 0) + (found?.[0].length ?? 0));
  }
  // A slow machine may be reminded that a database is being migrated; that is no line of the demo.
  const lines = output
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('unanimous warn: still waiting for'));
  assert.ok(lines.length <= linesMax, `${lines.length} lines:\n${output}`);
  assert.equal(
    lines.filter((line) => line.length > columnsMax),
    [],
  );
  // Lines of a saga begin with their time, and further lines of a text with wide indentation.
  const facts = lines.filter((line) => /^(?: {2})?\S/.test(line));
  assert.is(new Set(facts).size, facts.length, `a line twice:\n${output}`);
}
