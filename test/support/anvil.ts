/**
 * A node of anvil for one test file, from the npm package. The node's state is in memory; `remove`
 * ends the node.
 *
 * Boundary: needs the package's program for this platform; a suite says so with `needs: ['anvil']`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Anvil {
  readonly url: string;
  remove(): Promise<void>;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** The path of the program; undefined when the package has none for this platform. */
export function anvilProgram(): string | undefined {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@foundry-rs/anvil-${process.platform}-${architecture}/package.json`,
    );
    const program = join(dirname(manifest), 'bin', 'anvil');
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/** `--slots-in-an-epoch 1`: a block is final two blocks later. */
export async function startAnvil(chainId: number): Promise<Anvil> {
  const program = anvilProgram();
  if (program === undefined) throw new Error('anvil is not installed');
  const options = ['--port', '0', '--chain-id', `${chainId}`, '--slots-in-an-epoch', '1'];
  const child = spawn(program, [...options, '--accounts', '1', '--hardfork', 'shanghai'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  alive.add(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const address = await listening(child, ended);
  return {
    url: `http://${address}`,
    remove: async () => {
      child.kill('SIGKILL');
      await ended;
      alive.delete(child);
    },
  };
}

function listening(child: ChildProcess, ended: Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
      const [, address] = /Listening on (\S+)/.exec(printed) ?? [];
      if (address !== undefined) resolve(address);
    });
    void ended.then(() => reject(new Error(`anvil has ended: ${printed.slice(-500)}`)));
  });
}
