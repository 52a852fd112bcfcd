/** The processes of the benchmark `processes`: started together, ended together, with what they have used. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { measuredProgramAt } from '../support/program.ts';
import type { HostReport, HostUse } from './host-report.ts';

const program = measuredProgramAt(new URL('./processes-host.ts', import.meta.url));

interface Host {
  readonly child: ChildProcess;
  readonly lines: Interface;
}

export class ProcessHosts {
  readonly #hosts: readonly Host[];

  private constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  /** Resolves when all are ready. The first one makes the tables. */
  static async start(count: number, brokerUrl: string, databaseUrl: string): Promise<ProcessHosts> {
    const hosts: Host[] = [];
    for (let made = 0; made < count; made += 1) {
      const child = spawn(
        process.execPath,
        [...program.options, program.file, brokerUrl, databaseUrl],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      const lines = createInterface({ input: child.stdout });
      hosts.push({ child, lines });
      await said(child, lines);
    }
    return new ProcessHosts(hosts);
  }

  /** Resolves with the use of all together when they have ended. */
  async end(): Promise<HostUse> {
    const uses = await Promise.all(
      this.#hosts.map(async ({ child, lines }) => {
        const ended = once(child, 'exit');
        const line = said(child, lines);
        child.stdin?.end();
        const use = await line;
        await ended;
        return use;
      }),
    );
    return uses.reduce<HostUse>(
      (sum, use) =>
        'ready' in use
          ? sum
          : {
              processorMs: sum.processorMs + use.processorMs,
              failedBatches: sum.failedBatches + use.failedBatches,
            },
      { processorMs: 0, failedBatches: 0 },
    );
  }
}

async function said(child: ChildProcess, lines: Interface): Promise<HostReport> {
  const early = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`a process ended with ${code}`)),
  );
  early.catch(() => undefined);
  const [line] = await Promise.race([once(lines, 'line'), early]);
  return JSON.parse(String(line));
}
