/**
 * Cards with three files each, deleted by `cards burn` (200 at once) and by a loop of awaited calls. Cards, transactions and files on
 * PostgreSQL, the broker in memory, the files on the disk. The loop has fewer cards, because its rate does not depend on their number.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sections } from '../../actors/catalog.ts';
import { BurnRun } from '../../cli/burn-run.ts';
import { loadExchangeConfigs } from '../../composition/exchange-configs.ts';
import { openDeployment } from '../../composition/open-deployment.ts';
import { serviceConfigPaths } from '../../config/load.ts';
import type { Client } from '../../runtime/client.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { dropPlace, placeUrl } from './postgres-place.ts';
import { inFlight } from './work.ts';

const filesOfCard = 3;
const atOnce = 200;
/** An answer waits for the files, so that a card counts when its files are gone. */
const waits = { CARDS__FILES_WAIT_MS: '60000', CARDS__CALLER_DEADLINE_MS: '60000' };
const cardsBySize: Readonly<Record<Size, number>> = { tiny: 5, quick: 500, full: 10_000 };
const loopBySize: Readonly<Record<Size, number>> = { tiny: 5, quick: 50, full: 500 };
const place = { exchange: 'mcards', routingKey: 'mcards_consume' };

async function open(size: Size): Promise<Contest> {
  const folder = await mkdtemp(join(tmpdir(), 'card-burns-'));
  const databaseUrl = placeUrl();
  const env = { FILE_REMOVER__ROOTS: JSON.stringify([folder]), ...waits };
  const paths = serviceConfigPaths().filter((path) =>
    /(?:mcards|transactions|file_remover)\.json$/.test(path),
  );
  const configs = loadExchangeConfigs(paths, { env, sections });
  const deployment = await openDeployment({ configs, databaseUrl });
  await deployment.start();
  const client = await deployment.client('bench');
  return {
    ours: async () => burned(client, await created(client, folder, cardsBySize[size])),
    other: async () => looped(client, await created(client, folder, loopBySize[size])),
    notes: () => [`${filesOfCard} files a card`],
    async close() {
      await client.close();
      await deployment.stop();
      await dropPlace(databaseUrl);
      await rm(folder, { recursive: true });
    },
  };
}

async function created(client: Client, folder: string, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, benchId);
  await inFlight(count, atOnce, async (index) => {
    const id = ids[index] as string;
    const paths = Array.from({ length: filesOfCard }, (_, at) => join(folder, `${id}-${at}`));
    for (const path of paths) await writeFile(path, 'content');
    const metadata = { must_be_deleted_files: paths.map((path) => pathToFileURL(path).href) };
    const data = { id, owner: 'bench', metadata };
    await client.request(place, { action: 'create', data });
  });
  return ids;
}

async function burned(client: Client, ids: readonly string[]): Promise<Sample> {
  const run = new BurnRun({
    access: { request: (action, data) => client.request(place, { action, data }) },
    clock: systemClock,
    atOnce,
    ended: () => undefined,
  });
  const startMs = performance.now();
  const { done } = await run.burn(ids.map((id) => ({ id, owner: 'bench' })));
  if (done < ids.length) throw new Error(`${done} of ${ids.length} cards and their files are gone`);
  return { value: (ids.length / (performance.now() - startMs)) * 1_000 };
}

function looped(client: Client, ids: readonly string[]): Promise<Sample> {
  return inFlight(ids.length, 1, (index) =>
    client.request(place, { action: 'delete', data: { id: ids[index] ?? '', owner: 'bench' } }),
  );
}

export const cardBurns: Benchmark = {
  name: 'card-burns',
  unit: 'cards/s',
  needs: ['postgres'],
  rounds: 2,
  open,
};
