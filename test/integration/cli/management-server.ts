/**
 * Answers as the management API of RabbitMQ 3.10.8 does, cut down to the fields that are told
 * apart; to one user, about one virtual host.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Topology } from '../../../config/topology.ts';
import type { VirtualHost } from '../../support/virtual-host.ts';

export interface ManagementRows {
  readonly exchanges: readonly { readonly name: string }[];
  readonly queues: readonly { readonly name: string }[];
  readonly bindings: readonly {
    readonly source: string;
    readonly destination: string;
    readonly routing_key: string;
  }[];
}

export interface ManagementServer {
  readonly url: string;
  close(): Promise<void>;
}

const row = { arguments: {}, auto_delete: false, durable: true };

export function exchangeRow(name: string, type = 'direct', internal = false) {
  return { ...row, internal, name, type };
}

export function queueRow(name: string, exclusive = false) {
  return { ...row, exclusive, name };
}

export function bindingRow(
  source: string,
  destination: string,
  routingKey: string,
  given: object = {},
) {
  return {
    source,
    destination,
    destination_type: 'queue',
    routing_key: routingKey,
    arguments: given,
  };
}

/** What a broker lists that has just this, beside its own. */
export function rowsOf({ exchanges, queues, bindings }: Topology): ManagementRows {
  const own = [
    exchangeRow(''),
    exchangeRow('amq.direct'),
    exchangeRow('amq.rabbitmq.trace', 'topic', true),
  ];
  return {
    exchanges: [...own, ...exchanges.map(({ name, type }) => exchangeRow(name, type))],
    queues: [queueRow('amq.gen-yyfStAiJg', true), ...queues.map(({ name }) => queueRow(name))],
    bindings: [
      bindingRow('', 'amq.gen-yyfStAiJg', 'amq.gen-yyfStAiJg'),
      ...queues.map(({ name }) => bindingRow('', name, name)),
      ...bindings.map(({ exchange, queue, routingKey, arguments: given }) =>
        bindingRow(exchange, queue, routingKey, given),
      ),
    ],
  };
}

export async function openManagement(
  host: VirtualHost,
  rows: ManagementRows,
): Promise<ManagementServer> {
  const { username, password } = new URL(host.url);
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const server = createServer(({ url = '', headers }, response) => {
    const [, , what = '', vhost = ''] = url.split('/');
    if (headers.authorization !== basic) response.writeHead(401).end('{"error":"not_authorised"}');
    else if (decodeURIComponent(vhost) !== host.name)
      response.writeHead(404).end('{"error":"Object Not Found"}');
    else
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(rows[what as keyof ManagementRows]));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
