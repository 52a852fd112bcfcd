/**
 * The measured saga in one process, 1, 32 and 256 at once: on PostgreSQL beside the same by hand, with a reducer and, behind a slash, with
 * the measured machines in one shared scope; and on PGlite beside PostgreSQL.
 */
import { createRuntime } from '../../composition/create-runtime.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { Tracer } from '../../runtime/ports/tracing.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Side, Size } from './contest.ts';
import { HandwrittenJournal } from './handwritten-journal.ts';
import { HandwrittenSagas, type Stepping } from './handwritten-saga.ts';
import { itemsSqlStore } from './items-store.ts';
import { ownerService, voterService } from './measured-saga.ts';
import { openPlace, type Place } from './postgres-place.ts';
import { SharedScopeSaga } from './shared-scope-saga.ts';
import { inFlight } from './work.ts';

export const levels = [1, 32, 256] as const;

/** How many sagas a run has: enough for the batches to settle, and for the code to be hot after the run that is not counted. */
export function sagasOf(size: Size, atOnce: number): number {
  if (size === 'tiny') return Math.min(atOnce, 8);
  if (size === 'quick') return atOnce === 1 ? 300 : atOnce === 32 ? 2_000 : 3_000;
  return atOnce === 1 ? 600 : atOnce === 32 ? 6_000 : 16_000;
}

export interface Ours {
  readonly side: Side;
  close(): Promise<void>;
}

export interface SagaOptions {
  /** Whether a saga is handled and committed in the batch of its request. Default: no. */
  readonly fuse?: boolean;
  /** Makes spans; each request brings the context of a trace. Default: no spans. */
  readonly tracer?: Tracer;
}

/** The headers of a request with this id. */
function tracedHeaders(id: string): Headers {
  return { traceparent: `00-${id.replaceAll('-', '')}-${'1'.repeat(16)}-01` };
}

export async function ourSagas(
  place: Place,
  atOnce: number,
  count: number,
  { fuse = false, tracer }: SagaOptions = {},
): Promise<Ours> {
  const items = place.database.stores.get('items');
  if (items === undefined) throw new Error('the place has no items');
  const running = createRuntime({
    services: [ownerService(items), voterService(false)],
    journal: place.journal,
    fuse,
    tracer,
  });
  await running.start();
  const client = await running.client('bench');
  const side: Side = async () => {
    const ids = Array.from({ length: count }, benchId);
    await place.database.query(
      `insert into ${place.database.schemaOf('items')}.items select json_array_elements_text($1::json)`,
      [JSON.stringify(ids)],
    );
    return inFlight(count, atOnce, (index) => {
      const id = ids[index] as string;
      return client.request(
        { exchange: 'owner', routingKey: 'owner_consume' },
        { action: 'delete', data: { id } },
        tracer === undefined ? { messageId: id } : { messageId: id, headers: tracedHeaders(id) },
      );
    });
  };
  return { side, close: () => closeAll(client, running, place) };
}

async function closeAll(
  ...opened: readonly { stop?(): Promise<void>; close?(): Promise<void> }[]
): Promise<void> {
  for (const one of opened) await (one.stop?.() ?? one.close?.());
}

interface HandwrittenOptions {
  readonly server?: string;
  readonly begin?: (id: string) => Stepping;
  readonly commits?: 'each' | 'once';
}

export async function handwrittenSide(
  atOnce: number,
  count: number,
  { server, begin, commits }: HandwrittenOptions = {},
): Promise<{ readonly side: Side; close(): Promise<void> }> {
  const journal = await HandwrittenJournal.open(server);
  const sagas = new HandwrittenSagas(journal, begin, commits);
  const side: Side = async () => {
    const ids = Array.from({ length: count }, benchId);
    await journal.addItems(ids);
    return inFlight(count, atOnce, (index) => sagas.run(ids[index] as string));
  };
  return { side, close: () => journal.close() };
}

async function open(size: Size, atOnce: number): Promise<Contest> {
  const count = sagasOf(size, atOnce);
  const ours = await ourSagas(await openPlace('postgres', [itemsSqlStore]), atOnce, count);
  const other = await handwrittenSide(atOnce, count);
  const machines = await handwrittenSide(atOnce, count, { begin: (id) => new SharedScopeSaga(id) });
  const close = () => closeAll(ours, other, machines);
  return { ours: ours.side, other: other.side, also: { 'shared-scope': machines.side }, close };
}

/**
 * Fused beside both hands: one that commits each step, and behind a slash those that commit a saga once; and beside ours whose messages
 * are carried.
 */
async function openFused(size: Size, atOnce: number): Promise<Contest> {
  const count = sagasOf(size, atOnce);
  const ours = await ourSagas(await openPlace('postgres', [itemsSqlStore]), atOnce, count, {
    fuse: true,
  });
  const carried = await ourSagas(await openPlace('postgres', [itemsSqlStore]), atOnce, count);
  const other = await handwrittenSide(atOnce, count);
  const once = await handwrittenSide(atOnce, count, { commits: 'once' });
  const machines = await handwrittenSide(atOnce, count, {
    begin: (id) => new SharedScopeSaga(id),
    commits: 'once',
  });
  return {
    ours: ours.side,
    other: other.side,
    also: { once: once.side, 'shared-scope-once': machines.side, carried: carried.side },
    close: () => closeAll(ours, carried, other, once, machines),
  };
}

async function openEmbedded(size: Size, atOnce: number): Promise<Contest> {
  const count = sagasOf(size, atOnce);
  const ours = await ourSagas(await openPlace('pglite', [itemsSqlStore]), atOnce, count);
  const other = await ourSagas(await openPlace('postgres', [itemsSqlStore]), atOnce, count);
  return { ours: ours.side, other: other.side, close: () => ours.close().then(other.close) };
}

export const sagaLocal: readonly Benchmark[] = levels.map((atOnce) => ({
  name: 'saga-local',
  parameter: atOnce,
  unit: 'sagas/s',
  needs: ['postgres'],
  open: (size) => open(size, atOnce),
}));

export const sagaFused: readonly Benchmark[] = levels.map((atOnce) => ({
  name: 'saga-fused',
  parameter: atOnce,
  unit: 'sagas/s',
  needs: ['postgres'],
  open: (size) => openFused(size, atOnce),
}));

export const pglite: readonly Benchmark[] = [1, 256].map((atOnce) => ({
  name: 'pglite',
  parameter: atOnce,
  unit: 'sagas/s',
  needs: ['postgres'],
  slow: atOnce > 1,
  open: (size) => openEmbedded(size, atOnce),
}));
