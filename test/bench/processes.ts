/**
 * The measured saga by several processes over one journal and one broker, 64 at once, beside one process; and what the model of
 * `test/simulation/scale/` predicts from the costs of one process. Everything is on one machine, whose cores all parts share.
 */
import { availableParallelism } from 'node:os';
import { connect } from '../../composition/connect.ts';
import type { Client } from '../../runtime/client.ts';
import { predicted, type SagaCosts } from '../simulation/scale/scale-model.ts';
import { openVirtualHost, type VirtualHost } from '../support/virtual-host.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Side, Size } from './contest.ts';
import type { HostUse } from './host-report.ts';
import { dropPlace, placeUrl } from './postgres-place.ts';
import { ProcessHosts } from './process-hosts.ts';
import { processorMs } from './processor-times.ts';
import { inFlight } from './work.ts';

const atOnce = 64;
const sagasBySize: Readonly<Record<Size, number>> = { tiny: 20, quick: 2_000, full: 8_000 };

type Used = {
  readonly use: HostUse;
  readonly perSaga: Omit<SagaCosts, 'waitMs'>;
};

/** Processes with what they and the servers have used. */
class Group {
  readonly #host: VirtualHost;
  readonly #placeUrl: string;
  readonly #hosts: ProcessHosts;
  readonly #client: Client;
  readonly #count: number;
  #sagas = 0;
  #journalMs = 0;
  #brokerMs = 0;

  private constructor(
    host: VirtualHost,
    url: string,
    hosts: ProcessHosts,
    client: Client,
    count: number,
  ) {
    this.#host = host;
    this.#placeUrl = url;
    this.#hosts = hosts;
    this.#client = client;
    this.#count = count;
  }

  static async start(processes: number, count: number): Promise<Group> {
    const host = await openVirtualHost('processes');
    const url = placeUrl();
    const hosts = await ProcessHosts.start(processes, host.url, url);
    return new Group(host, url, hosts, await connect([host.url], 'bench'), count);
  }

  readonly side: Side = async () => {
    const before = [processorMs('postgres'), processorMs('beam.smp')] as const;
    const sample = await inFlight(this.#count, atOnce, () => this.#saga());
    this.#journalMs += processorMs('postgres') - before[0];
    this.#brokerMs += processorMs('beam.smp') - before[1];
    this.#sagas += this.#count;
    return sample;
  };

  /** One saga with nothing else under way, milliseconds: the least of some. */
  async aloneMs(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 5; tries += 1) {
      const startMs = performance.now();
      await this.#saga();
      least = Math.min(least, performance.now() - startMs);
    }
    return least;
  }

  async end(): Promise<Used> {
    await this.#client.close();
    const use = await this.#hosts.end();
    await dropPlace(this.#placeUrl);
    await this.#host.remove();
    const of = (ms: number) => ms / Math.max(1, this.#sagas);
    const perSaga = {
      processMs: of(use.processorMs),
      journalMs: of(this.#journalMs),
      brokerMs: of(this.#brokerMs),
    };
    return { use, perSaga };
  }

  #saga(): Promise<unknown> {
    const id = benchId();
    return this.#client.request(
      { exchange: 'owner', routingKey: 'owner_consume' },
      { action: 'delete', data: { id } },
      { messageId: id },
    );
  }
}

async function open(size: Size, processes: number): Promise<Contest> {
  const count = sagasBySize[size];
  const ours = await Group.start(processes, count);
  const one = processes === 1 ? undefined : await Group.start(1, count);
  let ending: Promise<readonly string[]> | undefined;
  const end = () => {
    ending ??= endOf(ours, one, processes);
    return ending;
  };
  const contest: Contest = {
    ours: ours.side,
    notes: end,
    close: async () => {
      await end();
    },
  };
  return one === undefined ? contest : { ...contest, other: one.side };
}

async function endOf(
  ours: Group,
  one: Group | undefined,
  processes: number,
): Promise<readonly string[]> {
  const aloneMs = await (one ?? ours).aloneMs();
  const used = await ours.end();
  const base = (await one?.end()) ?? used;
  return [usedText('a saga costs', used), modelText(base, aloneMs, processes)];
}

function usedText(what: string, { perSaga, use }: Used): string {
  const { processMs, journalMs, brokerMs } = perSaga;
  return `${what} ${processMs.toFixed(2)} ms in the processes, ${journalMs.toFixed(2)} ms in the database, ${brokerMs.toFixed(2)} ms in the broker; batches done again: ${use.failedBatches}`;
}

function modelText({ perSaga }: Used, aloneMs: number, processes: number): string {
  const { processMs, journalMs, brokerMs } = perSaga;
  const waitMs = Math.max(0, aloneMs - processMs - journalMs - brokerMs);
  const sharedCores = availableParallelism();
  const plant = { processes, journals: 1, journalCores: sharedCores, sharedCores };
  const { rate, latencyMs, limit } = predicted(plant, { ...perSaga, waitMs }, atOnce);
  return `the model: ${rate.toFixed(0)} sagas/s, ${latencyMs.toFixed(0)} ms a saga, bounded by the ${limit}; one alone takes ${aloneMs.toFixed(1)} ms`;
}

export const processesBenchmarks: readonly Benchmark[] = [1, 2, 4].map((processes) => ({
  name: 'processes',
  parameter: processes,
  unit: 'sagas/s',
  needs: ['postgres', 'rabbitmq'],
  open: (size) => open(size, processes),
}));
