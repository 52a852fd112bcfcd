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

/** What the story must say, in this order. */
const storyLines: readonly RegExp[] = [
  /^1\. A metalworking shop is created/m,
  /^ {2}58 nodes: 6 prsConstant, 8 prsObject, 16 prsTag, 14 prsAlert, 14 prsMethod$/m,
  /^2\. The constant cutting-speed-steel/m,
  /methods +refuses: methods says of cutting-speed-steel: it is in use by/,
  /constants +CALLS IT OFF/,
  /refused \(409\): .*methods_model_crud says no/,
  /nothing has changed/,
  /^3\. The section turning is deleted/m,
  /objects +asks tags: may they go\?/,
  /tags +asks alerts: may they go\?/,
  /alerts +asks methods: may they go\?/,
  /objects +DECIDES/,
  /methods +REMOVES/,
  /alerts +REMOVES/,
  /tags +REMOVES/,
  /objects +REMOVES turning/,
  /the record of the saga/,
  /25 nodes are gone/,
  /^4\. ivanova deletes the card/m,
  /shows card-lathe-guide as deleted/,
  /REMOVES the row of card-lathe-guide/,
  /file_remover REMOVES/,
  /refused \(403\)/,
  /^5\. mill-2 is deleted/m,
  /KILLED with SIGKILL/,
  /objects +REMOVES mill-2/,
  /the record of the saga/,
  /^ {2}tree: 23 nodes, exactly those expected$/m,
  /^Everything is as it must be/m,
];

/** Fails with the whole output when the demo did not tell its story to the end. */
export function assertStory({ code, output }: DemoOutcome): void {
  assert.is(code, 0, `exit code ${code}:\n${output}`);
  let rest = output;
  for (const line of storyLines) {
    const found = line.exec(rest);
    assert.ok(found, `no ${line} where it belongs in:\n${output}`);
    rest = rest.slice((found?.index ?? 0) + (found?.[0].length ?? 0));
  }
}
