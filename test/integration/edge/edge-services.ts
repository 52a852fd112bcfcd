/**
 * The services under the fuzzer: `edge` hosts ordinary and awkward machines, `prices` answers questions.
 *
 * - Routes as careless users write them: a key is the member `id` of the data, whatever the member is.
 * - One topic exchange: an answer to the reply address `r.<tag>` reaches the queue of the fuzzer.
 */
import { Type } from 'typebox';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type {
  MessageRoute,
  ServiceDefinition,
} from '../../../runtime/messages/service-definition.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { defineService } from '../../../runtime/service.ts';
import { awkwardMachine } from './awkward-machine.ts';
import { oddRead, oddStore } from './odd-store.ts';
import { oddValue } from './odd-values.ts';
import { cart, gateMachine, priceMachine, shopMachine } from './ordinary-machines.ts';

export const exchange = 'edge';
export const serviceNames = ['edge', 'prices'] as const;
/** The largest body that the services take. */
export const bodyBytesMax = 100_000;
const depthMax = 32;
const keysMax = 2_000;

export function routingKeyOf(service: string): string {
  return `${service}.in`;
}

export function queueOf(service: string): string {
  return `${service}_in`;
}

function configOf(name: string) {
  const content = {
    svc_name: name,
    publish: { main: { name: exchange, type: 'topic', routing_key: `${name}.out` } },
    consume: {
      main: {
        name: exchange,
        type: 'topic',
        queue: queueOf(name),
        routing_key: routingKeyOf(name),
      },
    },
    limits: { body_bytes: bodyBytesMax, depth: depthMax, keys: keysMax },
  };
  return parseExchangeConfig(JSON.stringify(content), {
    file: `${name}.json`,
    env: {},
    sections: {},
  });
}

/** A member of the data as it is: the routes are careless on purpose. */
function member(data: Json, name: string): string {
  return (data as Record<string, unknown>)[name] as string;
}

function keyedBy<TMachine extends string>(machine: TMachine): MessageRoute<Json, TMachine> {
  return { machine, to: ({ data }) => ({ key: member(data, 'id') }), starts: true };
}

const checkedData = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 100 }),
  tag: Type.String(),
  secret: Type.String(),
  count: Type.Integer({ minimum: 0 }),
});

function edgeService(): ServiceDefinition {
  const here = { exchange, routingKey: routingKeyOf('edge') };
  return defineService({
    config: configOf('edge'),
    stores: [oddStore],
    machines: {
      cart,
      awkward: awkwardMachine({ exchange, nowhere: 'edge.nowhere' }),
      shop: shopMachine({ exchange, routingKey: routingKeyOf('prices') }),
      gate: { machine: gateMachine(here), ephemeral: true },
    },
    messages: {
      add: keyedBy('cart'),
      look: keyedBy('cart'),
      odd: keyedBy('awkward'),
      peek: keyedBy('awkward'),
      stored: {
        ...keyedBy('awkward'),
        read: ({ data }) => oddRead(member(data as Json, 'op'), member(data as Json, 'kind')),
      },
      want: keyedBy('shop'),
      watch: keyedBy('shop'),
      view: {
        machine: 'gate',
        to: ({ identity }, newId) => ({ key: identity ?? newId }),
        starts: true,
      },
      checked: { ...keyedBy('cart'), schema: checkedData },
      several: {
        machine: 'cart',
        to: ({ data }) =>
          (member(data, 'ids') as unknown as string[]).map((key) => ({
            key,
            data: { ...(data as object), id: key },
          })),
        starts: true,
      },
      pair: {
        machine: 'cart',
        to: ({ data }) => ({ key: JSON.stringify([member(data, 'one'), member(data, 'two')]) }),
        starts: true,
      },
      'odd target': {
        machine: 'cart',
        to: ({ data }) => oddValue(member(data, 'kind')) as { key: string },
        starts: true,
      },
      'failing target': {
        machine: 'cart',
        to: ({ data }) => {
          throw oddValue(member(data, 'kind'));
        },
        starts: true,
      },
    },
  });
}

function pricesService(clock: Clock): ServiceDefinition {
  return defineService({
    config: configOf('prices'),
    machines: { price: priceMachine(clock) },
    messages: {
      price: {
        machine: 'price',
        to: ({ data }) => ({ key: member(data, 'item') }),
        starts: true,
      },
    },
  });
}

export function edgeServices(clock: Clock): readonly ServiceDefinition[] {
  return [edgeService(), pricesService(clock)];
}
