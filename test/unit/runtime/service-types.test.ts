/** The types of services and of requests to services. The compiler checks the lines that must not compile. */
import { Type } from 'typebox';
import { setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { Client } from '../../../runtime/client.ts';
import { destinationFor } from '../../../runtime/messages/recipient.ts';
import { Broken } from '../../../runtime/ports/errors.ts';
import { defineService } from '../../../runtime/service.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('types of services');

const main = { name: 'shop', queue: 'shop_consume', routing_key: 'shop_requests' };
const text = JSON.stringify({
  svc_name: 'shop',
  publish: { main: { name: 'shop', routing_key: 'shop_facts' } },
  consume: { main },
});
const config = parseExchangeConfig(text, { file: 'shop.json', env: {}, sections: {} });
const order = setup({}).createMachine({ id: 'order' });
const OrderSchema = Type.Object({ id: Type.String(), count: Type.Optional(Type.Integer()) });

const shop = defineService({
  config,
  machines: { order },
  messages: {
    place: {
      machine: 'order',
      schema: OrderSchema,
      to: ({ data: { id } }) => ({ key: id.toUpperCase() }),
      read: ({ data: { count = 1 } }) => ({ store: 'stock', op: 'find', args: count.toFixed() }),
      starts: true,
    },
    note: { machine: 'order', to: () => ({ key: 'notes' }), starts: true },
  },
});

/** Compiled, never called. */
export async function requests({ request, send }: Client): Promise<void> {
  await request(shop, { action: 'place', data: { id: 'o1' } });
  await request(shop, { action: 'place', data: { id: 'o1', count: 2 } });
  await request(shop, { action: 'note', data: ['any', 'JSON'] });
  await request({ exchange: 'shop', routingKey: 'shop_requests' }, 'any JSON');
  await send(shop, { action: 'place', data: { id: 'o1' } });
  // @ts-expect-error: no such action
  await request(shop, { action: 'cancel', data: { id: 'o1' } });
  // @ts-expect-error: data of another action
  await request(shop, { action: 'place', data: ['any', 'JSON'] });
  // @ts-expect-error: no such member
  await request(shop, { action: 'place', data: { id: 'o1', amount: 2 } });
  // @ts-expect-error: a member of another type
  await send(shop, { action: 'place', data: { id: 'o1', count: '2' } });
  // @ts-expect-error: no action
  await send(shop, { id: 'o1' });
}

/** Compiled, never called. */
export function services(): void {
  const to = () => ({ key: 'o1' });
  defineService({
    config,
    machines: { order },
    // @ts-expect-error: no such machine
    messages: { place: { machine: 'orders', to, starts: true } },
  });
  defineService({
    config,
    machines: { order },
    messages: {
      // @ts-expect-error: no such machine, beside a schema
      place: { machine: 'orders', schema: OrderSchema, to, starts: true },
    },
  });
  defineService({
    config,
    machines: { order },
    messages: {
      place: {
        machine: 'order',
        schema: OrderSchema,
        // @ts-expect-error: no such member of the data
        to: ({ data }) => ({ key: data.name }),
        starts: true,
      },
    },
  });
}

test('a request to a service goes to the main queue of its config', () => {
  assert.equal(destinationFor(shop), { exchange: 'shop', routingKey: 'shop_requests' });
});

test('a service without a main queue takes no request, and the error names the key', () => {
  const { main: _, ...consume } = config.consume;
  const problem = () => destinationFor({ config: { svcName: 'shop', consume }, schemas: {} });
  assert.throws(
    problem,
    (error: unknown) => error instanceof Broken && error.at === '/consume/main',
  );
});

test.run();
