/**
 * The measured saga on a disk that takes 2 ms longer for each sync, as networked ones do: ours beside the same by hand, on a PostgreSQL
 * of the benchmark's own into which `slow-sync.c` is loaded.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { postgresFolder } from '../support/postgres-folder.ts';
import { startPrivatePostgres } from '../support/private-postgres.ts';
import type { Benchmark, Contest, Size } from './contest.ts';
import { itemsSqlStore } from './items-store.ts';
import { openPlace } from './postgres-place.ts';
import { handwrittenSide, levels, ourSagas } from './saga-local.ts';

const sagasAtOnce: Readonly<Record<number, number>> = { 1: 200, 32: 2_000, 256: 6_000 };
const compiler = 'cc';

function missing(): string | undefined {
  if (postgresFolder() === undefined) return "PostgreSQL's own programs";
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'a C compiler';
  }
}

/** The shim, compiled into a folder that the server's user can read. */
function compiled(): { readonly library: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-slow-disk-'));
  chmodSync(folder, 0o755);
  const library = join(folder, 'slow-sync.so');
  execFileSync(compiler, [
    '-shared',
    '-fPIC',
    '-O2',
    '-o',
    library,
    fileURLToPath(new URL('./slow-sync.c', import.meta.url)),
    '-ldl',
  ]);
  return { library, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

async function open(size: Size, atOnce: number): Promise<Contest> {
  const shim = compiled();
  const server = await startPrivatePostgres([], { LD_PRELOAD: shim.library });
  const count = size === 'tiny' ? 4 : (sagasAtOnce[atOnce] as number);
  const ours = await ourSagas(await openPlace(server.url, [itemsSqlStore]), atOnce, count);
  const other = await handwrittenSide(atOnce, count, { server: server.url });
  return {
    ours: ours.side,
    other: other.side,
    async close() {
      await ours.close();
      await other.close();
      await server.remove();
      shim.remove();
    },
  };
}

export const slowDisk: readonly Benchmark[] = levels.map((atOnce) => ({
  ...{ name: 'slow-disk', parameter: atOnce, unit: 'sagas/s', needs: [], slow: true, missing },
  open: (size) => open(size, atOnce),
}));
