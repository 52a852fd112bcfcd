/**
 * What spans cost: the saga of `saga-local`, 32 at once, with a context of a trace in each request. Ours makes spans of everything
 * and hands them over in batches to an exporter that drops them; the other side has no tracer. So a collector is not measured.
 */
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';
import { noLog } from '../../runtime/ports/log.ts';
import { tracingTo } from '../../runtime/telemetry/open-telemetry.ts';
import type { Benchmark, Contest, Size } from './contest.ts';
import { itemsSqlStore } from './items-store.ts';
import { openPlace } from './postgres-place.ts';
import { ourSagas, sagasOf } from './saga-local.ts';

const atOnce = 32;

const dropping: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
};

async function open(size: Size): Promise<Contest> {
  const count = sagasOf(size, atOnce);
  const tracing = await tracingTo(
    new BatchSpanProcessor({ exporter: dropping }),
    { sampler: 'always_on', ratio: 1 },
    { env: {}, name: 'bench', messagingSystem: 'memory', log: noLog },
  );
  const saga = async (more: Parameters<typeof ourSagas>[3]) =>
    ourSagas(await openPlace('postgres', [itemsSqlStore]), atOnce, count, more);
  const on = await saga({ tracer: tracing.tracer });
  const off = await saga({});
  return {
    ours: on.side,
    other: off.side,
    close: async () => {
      await on.close();
      await off.close();
      await tracing.close();
    },
  };
}

export const telemetry: Benchmark = {
  name: 'telemetry',
  parameter: 'saga',
  unit: 'sagas/s',
  needs: ['postgres'],
  open,
};
