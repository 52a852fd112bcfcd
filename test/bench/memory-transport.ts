/**
 * One way through exchange, queue, handler and acknowledgement in memory, with AMQP's full meaning, beside the least that could be
 * called a mailbox: an event emitter and an asynchronous handler.
 */
import { EventEmitter } from 'node:events';
import { systemClock } from '../../runtime/ports/clock.ts';
import { MemoryBroker } from '../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../transports/memory/memory-transport.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';

export const messagesBySize: Readonly<Record<Size, number>> = {
  tiny: 1_000,
  quick: 400_000,
  full: 1_000_000,
};
const chunk = 1_000;
const body = new Uint8Array(64);

/** Publishes in chunks, so that what is published is handled before more comes. */
export async function timed(
  count: number,
  publish: (arrived: () => void) => void,
): Promise<Sample> {
  const startMs = performance.now();
  for (let sent = 0; sent < count; sent += chunk) {
    await new Promise<void>((resolve) => {
      let left = chunk;
      const arrived = (): void => {
        left -= 1;
        if (left === 0) resolve();
      };
      for (let index = 0; index < chunk; index += 1) publish(arrived);
    });
  }
  return { value: (count / (performance.now() - startMs)) * 1_000 };
}

async function open(size: Size): Promise<Contest> {
  const count = messagesBySize[size];
  const transport = new MemoryTransport(new MemoryBroker(systemClock));
  const queue = {
    name: 'q',
    durable: true,
    exclusive: false,
    autoDelete: false,
    declare: true,
    arguments: {},
  };
  const exchange = {
    name: 'x',
    type: 'direct' as const,
    durable: true,
    autoDelete: false,
    internal: false,
    declare: true,
    arguments: {},
  };
  await transport.open({
    exchanges: [exchange],
    queues: [queue],
    bindings: [{ exchange: 'x', queue: 'q', routingKey: 'k', arguments: {} }],
  });
  let onArrival: () => void = () => undefined;
  await transport.consume('q', { prefetch: 256 }, async () => {
    onArrival();
    return 'done';
  });
  const message = {
    exchange: 'x',
    routingKey: 'k',
    mandatory: false,
    properties: { persistent: true },
    body,
  };
  const emitter = new EventEmitter();
  emitter.on('k', async (_message: object) => onArrival());
  const ours = (): Promise<Sample> =>
    timed(count, (arrived) => {
      onArrival = arrived;
      void transport.publish(message);
    });
  const other = (): Promise<Sample> =>
    timed(count, (arrived) => {
      onArrival = arrived;
      emitter.emit('k', message);
    });
  return { ours, other, close: () => transport.close() };
}

export const memoryTransport: Benchmark = {
  name: 'memory-transport',
  unit: 'messages/s',
  needs: [],
  open,
};
