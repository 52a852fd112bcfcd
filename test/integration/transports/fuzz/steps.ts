/** Steps of a script, shortly written. */
import type { Arguments, ExchangeType } from '../../../../config/topology.ts';
import type { Publication, Settlement, Step } from './script.ts';

export function declareExchange(name: string, type: ExchangeType, args: Arguments = {}): Step {
  return {
    op: 'declareExchange',
    exchange: { name, type, durable: true, autoDelete: false, declare: true, arguments: args },
  };
}

export function declareQueue(name: string, args: Arguments = {}): Step {
  return {
    op: 'declareQueue',
    queue: {
      name,
      durable: true,
      exclusive: false,
      autoDelete: false,
      declare: true,
      arguments: args,
    },
  };
}

export function bind(
  op: 'bindQueue' | 'unbindQueue' | 'bindExchange',
  source: string,
  destination: string,
  routingKey: string,
): Step {
  return { op, source, destination, routingKey, arguments: {} };
}

/** To `q0` through the default exchange, where `more` says nothing else. */
export function publish(count: number, more: Partial<Publication> = {}): Step {
  const message = {
    exchange: '',
    routingKey: 'q0',
    mandatory: false,
    persistent: true,
    expirationMs: undefined,
    headers: undefined,
  };
  return {
    op: 'publish',
    messages: Array.from({ length: count }, () => ({ ...message, ...more })),
  };
}

export function consume(slot: number, queue: string, prefetch: number): Step {
  return { op: 'consume', slot, queue, prefetch };
}

export function settle(slot: number, index: number, how: Settlement, multiple = false): Step {
  return { op: 'settle', slot, index, how, multiple };
}
