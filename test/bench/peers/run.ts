/**
 * The benchmarks in which peers stand too: `npm run bench:peers [-- --quick | --tiny] [--only <name>]… [--json]`.
 *
 * Needs Node 22: some of the peers do. The figures of a peer stand behind the benchmark's name and a slash: `saga-local@32/dbos`.
 */
import type { Benchmark, Contest, Size } from '../contest.ts';
import { memoryTransport } from '../memory-transport.ts';
import { rabbitRequest, requestsOf } from '../rabbit-request.ts';
import { rabbitThroughput } from '../rabbit-throughput.ts';
import { runBenchmarks } from '../run-benchmarks.ts';
import { sagaLocal, sagasOf } from '../saga-local.ts';
import { sagaRabbit } from '../saga-rabbit.ts';
import { openBullmq } from './bullmq.ts';
import { openDbos } from './dbos.ts';
import { withMoleculer } from './moleculer.ts';
import { withNact } from './nact.ts';
import { withNodeTsBus } from './node-ts-bus.ts';
import { withHost } from './peer-host.ts';
import * as client from './rabbitmq-client.ts';
import * as rascal from './rascal.ts';
import { openRestate } from './restate.ts';

type Opened = Awaited<ReturnType<typeof openDbos>>;

/** The benchmark with more sides in its contest. */
function joined(
  benchmark: Benchmark,
  join: (contest: Contest, size: Size) => Promise<Contest>,
): Benchmark {
  return { ...benchmark, open: async (size) => join(await benchmark.open(size), size) };
}

function withSagas(
  benchmark: Benchmark,
  peers: Readonly<Record<string, () => Promise<Opened>>>,
): Benchmark {
  const atOnce = benchmark.parameter as number;
  return joined(benchmark, async (contest, size) => {
    const opened = await Promise.all(
      Object.entries(peers).map(async ([name, open]) => [name, await open()] as const),
    );
    const count = Math.ceil(sagasOf(size, atOnce) / (size === 'tiny' ? 1 : 5));
    return {
      ...contest,
      also: {
        ...contest.also,
        ...Object.fromEntries(opened.map(([name, peer]) => [name, peer.side(atOnce, count)])),
      },
      async close() {
        for (const [, peer] of opened) await peer.close();
        await contest.close();
      },
    };
  });
}

await runBenchmarks([
  joined(memoryTransport, async (contest, size) =>
    withNact(await withMoleculer(contest, size), size),
  ),
  joined(rabbitThroughput, async (contest, size) => {
    const host = await withHost(contest);
    const withClient = await client.throughput(host, size);
    const withRascal = await rascal.throughput({ ...host, contest: withClient }, size);
    return withNodeTsBus({ ...host, contest: withRascal }, size);
  }),
  ...rabbitRequest.map((benchmark) =>
    joined(benchmark, async (contest, size) => {
      const atOnce = benchmark.parameter as number;
      return client.request(await withHost(contest), requestsOf(size, atOnce), atOnce);
    }),
  ),
  ...sagaLocal.map((benchmark) => withSagas(benchmark, { dbos: openDbos, restate: openRestate })),
  ...sagaRabbit.map((benchmark) => withSagas(benchmark, { bullmq: openBullmq })),
]);
