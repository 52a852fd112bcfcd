/**
 * The broker objects that a service needs although no entry of its file names them.
 *
 * - reply queue: a service with `publish.main` or with subscriptions asks questions. The service
 *   has the durable queue `<svc_name>_reply`, bound under the queue's name to every exchange that
 *   it asks through and to every exchange of `reply_exchanges`.
 * - reply exchange: with `trust` the queue is bound to the service's own direct exchange
 *   `<svc_name>_reply` instead, and to every exchange of `reply_exchanges`. So write permission for
 *   answers can be given to services alone.
 * - dead letters: a service with a queue that dead-letters to `dlx.<svc_name>` has this fanout
 *   exchange, and the quorum queue `dlq.<svc_name>` bound to it.
 * - lasting: of the file's `defaults` only `declare` and `queue_type` apply here; these objects are
 *   durable whatever the defaults say.
 */
import { deadLetterExchangeName, queueDeclaration } from './broker-objects.ts';
import type { DefaultOptions } from './entry-schemas.ts';
import type { PublishEntry, ReplyExchange, SubscribeEntry } from './exchange-config.ts';
import type { Declares, ExchangeDeclaration, QueueDeclaration } from './topology.ts';

/** The entries through which a service asks questions and receives answers. */
export interface Asking {
  readonly main: PublishEntry | undefined;
  readonly subscribe: Readonly<Record<string, SubscribeEntry>>;
  readonly replyExchanges: readonly ReplyExchange[];
  /** Whether the service has an exchange for answers. */
  readonly hasReplyExchange: boolean;
}

/** The prefix of the queues for answers to clients in the process of the service. */
export function clientQueuePrefix(svcName: string): string {
  return `client.${svcName}.`;
}

/** The name of a service's reply queue, and of its reply exchange. */
export function replyNameOf(service: string): string {
  return `${service}_reply`;
}

export function replyQueueName(svcName: string, { main, subscribe }: Asking): string | undefined {
  return main !== undefined || Object.keys(subscribe).length > 0 ? replyNameOf(svcName) : undefined;
}

/** The entries to whose exchanges the reply queue is bound. */
export function replyRoutes({
  main,
  subscribe,
  replyExchanges,
}: Asking): readonly (PublishEntry | ReplyExchange)[] {
  return [
    ...(main === undefined ? [] : [main]),
    ...Object.values(subscribe).map(({ publish }) => publish),
    ...replyExchanges,
  ];
}

export function impliedBy(
  svcName: string,
  asking: Asking,
  queues: readonly QueueDeclaration[],
  defaults: DefaultOptions,
): readonly Declares[] {
  const reply = replyObjects(svcName, asking, defaults);
  const all = [...queues, ...reply.flatMap((objects) => objects.queues)];
  const deadLetters = all.some(
    (queue) => queue.arguments['x-dead-letter-exchange'] === deadLetterExchangeName(svcName),
  );
  return deadLetters ? [...reply, deadLetterObjects(svcName, defaults)] : reply;
}

function replyObjects(
  svcName: string,
  asking: Asking,
  { declare, queue_type }: DefaultOptions,
): readonly Declares[] {
  const name = replyQueueName(svcName, asking);
  if (name === undefined) return [];
  const options = {
    durable: true,
    exclusive: false,
    auto_delete: false,
    declare: declare ?? true,
    queue_type: queue_type ?? 'quorum',
  } as const;
  const own = asking.hasReplyExchange ? [replyExchangeDeclaration(name, options.declare)] : [];
  const routes = asking.hasReplyExchange ? asking.replyExchanges : replyRoutes(asking);
  const routed = routes.map(({ exchange }) => exchange);
  const exchanges = [...new Set([...own.map((exchange) => exchange.name), ...routed])];
  const bindings = exchanges.map((exchange) => ({
    exchange,
    queue: name,
    routingKey: name,
    arguments: {},
  }));
  return [
    {
      pointer: '/svc_name',
      exchanges: own,
      queues: [queueDeclaration(name, options, {}, {}, svcName)],
      bindings,
    },
  ];
}

function replyExchangeDeclaration(name: string, declare: boolean): ExchangeDeclaration {
  return { name, type: 'direct', durable: true, autoDelete: false, declare, arguments: {} };
}

function deadLetterObjects(svcName: string, { declare = true }: DefaultOptions): Declares {
  const exchange = deadLetterExchangeName(svcName);
  const queue = `dlq.${svcName}`;
  const lasting = { durable: true, autoDelete: false, declare };
  return {
    pointer: '/svc_name',
    exchanges: [{ name: exchange, type: 'fanout', ...lasting, arguments: {} }],
    queues: [
      { name: queue, ...lasting, exclusive: false, arguments: { 'x-queue-type': 'quorum' } },
    ],
    bindings: [{ exchange, queue, routingKey: '', arguments: {} }],
  };
}
