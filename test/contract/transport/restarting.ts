/** What a broker still has after a restart: what is durable, and in it what is persistent. */
import type { Topology } from '../../../config/topology.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { assert } from '../../support/suite.ts';
import { binding, exchange, message, queue, quorumQueue, topology } from './harness.ts';
import { Inbox } from './inbox.ts';

export interface Restartable {
  /** An open transport to the broker. */
  connect(parts: Topology): Promise<Transport>;
  restart(): Promise<void>;
}

const transientExchange = { ...exchange('restart.gone', 'fanout'), durable: false };
const transientQueue = { ...queue('restart.gone'), durable: false };
const everything = topology({
  exchanges: [exchange('restart.kept', 'topic'), transientExchange],
  queues: [queue('restart.classic'), quorumQueue('restart.quorum'), transientQueue],
  bindings: [
    binding('restart.kept', 'restart.classic', 'a.#'),
    binding('restart.gone', 'restart.classic'),
  ],
});

async function fill(transport: Transport): Promise<void> {
  for (const routingKey of ['restart.classic', 'restart.quorum', 'restart.gone']) {
    for (const persistent of [true, false]) {
      const body = persistent ? 'persistent' : 'transient';
      await transport.publish(message({ routingKey, body, properties: { persistent } }));
    }
  }
}

async function contents(transport: Transport, name: string): Promise<readonly string[]> {
  await transport.publish(message({ routingKey: name, body: 'end' }));
  const inbox = await Inbox.open(transport, name);
  const found: string[] = [];
  for (let body = ''; body !== 'end'; found.push(body)) body = (await inbox.bodies(1))[0] ?? '';
  return found.slice(0, -1);
}

/** Durable and persistent survive, the rest does not; a quorum queue keeps every message. */
export async function survivesRestart(broker: Restartable): Promise<void> {
  const before = await broker.connect(everything);
  await fill(before);
  // Else it comes back by itself and declares everything again.
  await before.close();
  await broker.restart();
  const transport = await broker.connect(topology({}));
  const isGone = async (parts: Parameters<typeof message>[0]) =>
    (await transport.publish(message({ ...parts, mandatory: true }))).kind;
  assert.is(await isGone({ routingKey: 'restart.gone' }), 'returned');
  await assert.rejects(
    transport.publish(message({ exchange: 'restart.gone', routingKey: '' })),
    /no exchange 'restart.gone'/,
  );
  assert.equal(await contents(transport, 'restart.classic'), ['persistent']);
  assert.equal(await contents(transport, 'restart.quorum'), ['persistent', 'transient']);
  assert.is(await isGone({ exchange: 'restart.kept', routingKey: 'a.b' }), 'confirmed');
}
