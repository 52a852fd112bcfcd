/**
 * What it costs to check users and to sign callers: ours is with `trust`, the other side the same services without. `request`: 128 requests
 * in flight to a machine without a journal over RabbitMQ, each with a signed caller. `saga`: the saga of `saga-rabbit`, 32 at once.
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
function trusting(url: string): BenchEnvironment {
  const user = decodeURIComponent(new URL(url).username);
  const trust = {
    services: { owner: [user], voters: [user] },
    clients: { '*': [user] },
    callers: { secrets: { bench: 'b'.repeat(43) } },
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

/** Both sides on virtual hosts of their own: with `trust` a service has further objects. */
async function contest(open: Open): Promise<Contest> {
  const hosts = [await openVirtualHost('trust'), await openVirtualHost('trust')] as const;
  const [ours, other] = hosts.map(({ url }) => url);
  if (ours === undefined || other === undefined) throw new Error('two hosts are open');
  const sides = [await open(ours, trusting(ours)), await open(other, {})] as const;
  return {
    ours: sides[0].side,
    other: sides[1].side,
    async close() {
      for (const { close } of sides) await close();
      for (const host of hosts) await host.remove();
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
