/**
 * What it costs to check users: ours is with `trust`, the other side the same services without; behind `/signed`, with `trust` and keys
 * that sign the caller. `request`: 128 requests in flight to a machine without a journal over RabbitMQ, each of which names a caller.
 * `saga`: the saga of `saga-rabbit`, 32 at once, which names none.
 */
import { createRuntime } from '../../composition/create-runtime.ts';
import { transportsAt } from '../../composition/transport-schemes.ts';
import { openVirtualHost } from '../support/virtual-host.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Side, Size } from './contest.ts';
import { type BenchEnvironment, voterService } from './measured-saga.ts';
import { requestsOf } from './rabbit-request.ts';
import { sagasOf } from './saga-local.ts';
import { openSagas } from './saga-rabbit.ts';
import { inFlight } from './work.ts';

interface Opened {
  readonly side: Side;
  close(): Promise<void>;
}

const requestsAtOnce = 128;
const sagasAtOnce = 32;

/** Every service of the measurement is the user of the URL. */
function trusting(url: string, more: object = {}): BenchEnvironment {
  const user = decodeURIComponent(new URL(url).username);
  const trust = {
    services: { owner: [user], voters: [user] },
    clients: { '*': [user] },
    ...more,
  };
  return { TRUST: JSON.stringify(trust) };
}

async function requests(url: string, env: BenchEnvironment, count: number): Promise<Opened> {
  const transports = await transportsAt([url]);
  const runtime = createRuntime({ services: [voterService(false, env)], transports });
  await runtime.start();
  const client = await runtime.client('bench');
  const headers = { caller: 'kim', 'caller-roles': ['editor'] };
  const request = () =>
    client.request(
      { exchange: 'voters', routingKey: 'constants' },
      { action: 'mayDelete', data: { id: benchId() } },
      { headers },
    );
  return {
    side: () => inFlight(count, requestsAtOnce, request),
    async close() {
      await client.close();
      await runtime.stop();
    },
  };
}

type Open = (url: string, env: BenchEnvironment) => Promise<Opened>;

const keys = { callers: { secrets: { bench: 'b'.repeat(43) } } };

/** Each side on a virtual host of its own: with `trust` a service has further objects. */
async function contest(open: Open): Promise<Contest> {
  const closings: (() => Promise<void>)[] = [];
  const side = async (environmentOf: (url: string) => BenchEnvironment): Promise<Side> => {
    const host = await openVirtualHost('trust');
    const opened = await open(host.url, environmentOf(host.url));
    closings.push(opened.close, host.remove);
    return opened.side;
  };
  return {
    ours: await side((url) => trusting(url)),
    other: await side(() => ({})),
    also: { signed: await side((url) => trusting(url, keys)) },
    close: async () => {
      for (const close of closings) await close();
    },
  };
}

function sagaCount(size: Size): number {
  return Math.ceil(sagasOf(size, sagasAtOnce) / (size === 'tiny' ? 2 : 3));
}

const shared = { name: 'trust' } as const;

export const trustBenchmarks: readonly Benchmark[] = [
  {
    ...shared,
    parameter: 'request',
    unit: 'requests/s',
    needs: ['rabbitmq'],
    open: (size) => contest((url, env) => requests(url, env, requestsOf(size, requestsAtOnce))),
  },
  {
    ...shared,
    parameter: 'saga',
    unit: 'sagas/s',
    needs: ['postgres', 'rabbitmq'],
    open: (size) => contest((url, env) => openSagas(url, sagasAtOnce, sagaCount(size), env)),
  },
];
