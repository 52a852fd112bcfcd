/**
 * Services under users of their own on a real broker: the printed permissions are enough for each
 * service, and a user reaches nothing else.
 */
import { transportsAt } from '../../../composition/transport-schemes.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { permissionsOf } from '../../../config/permissions.ts';
import { topologyOf } from '../../../config/topology.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import {
  addBrokerUsers,
  type BrokerUser,
  removeBrokerUsers,
  urlAs,
} from '../../support/broker-user.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { parsed, tags } from '../../unit/config/sample.ts';

const test = suite('permissions on RabbitMQ', { needs: ['rabbitmq'], deadlineMs: 120_000 });

const objects = parsed({
  svc_name: 'objects_model_crud',
  publish: { main: { name: 'objects', type: 'direct', routing_key: 'objects_model_crud_publish' } },
  consume: {
    main: {
      name: 'objects',
      type: 'direct',
      queue: 'objects_model_crud_consume',
      routing_key: 'objects_model_crud_consume',
    },
  },
});

const services = [objects, parsed(tags)];
let host: VirtualHost;
let users: readonly BrokerUser[] = [];
const transports: Transport[] = [];

/** The service's own user, who has the printed permissions. */
function userOf(config: ExchangeConfig): BrokerUser {
  return { user: `${host.name}-${config.svcName}`, vhost: host.name, ...permissionsOf(config) };
}

test.before(async () => {
  host = await openVirtualHost('permissions');
  users = services.map(userOf);
  await addBrokerUsers(users);
});
test.after(async () => {
  for (const transport of transports) await transport.close();
  await host.remove();
  await removeBrokerUsers(users);
});

async function connected(config: ExchangeConfig): Promise<Transport> {
  const transport = (await transportsAt([urlAs(host.url, userOf(config))]))();
  transports.push(transport);
  await transport.open(topologyOf([config]));
  return transport;
}

function message(exchange: string, routingKey: string) {
  const properties = { persistent: false, contentType: 'application/json' };
  return { exchange, routingKey, mandatory: true, properties, body: Buffer.from('"word"') };
}

test('each service declares, consumes and publishes what its config names, and nothing of others', async () => {
  const owner = await connected(objects);
  const voter = await connected(parsed(tags));
  const taken = new Promise<string>((resolve) => {
    void owner.consume('objects_model_crud_consume', { prefetch: 1 }, async ({ body }) => {
      resolve(Buffer.from(body).toString());
      return 'done';
    });
  });
  const question = message('objects', 'objects_model_crud_consume');
  assert.equal(await voter.publish(question), { kind: 'confirmed' });
  assert.is(await taken, '"word"');
  for (const queue of ['tags_model_crud_consume', 'tags_model_crud_reply'])
    await voter.consume(queue, { prefetch: 1 }, async () => 'done');
  await assert.rejects(owner.publish(message('tags', 'tags_model_crud_consume')), /ACCESS_REFUSED/);
});

test.run();
