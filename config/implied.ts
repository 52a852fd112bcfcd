/**
 * The broker objects no entry of the file names.
 *
 * 1. A service that has `publish.main` or subscribes asks questions: it has the durable queue `<svc_name>_reply`, bound under its own name
 *    to every exchange it asks through and to every `reply_exchanges`.
 * 2. A service with a queue that dead-letters to `dlx.<svc_name>` has that fanout exchange and the quorum queue `dlq.<svc_name>` on it.
 * 3. Of the file's `defaults` only `declare` and `queue_type` reach them: they last, whatever the file's other queues do.
 */
import { deadLetterExchangeName, queueDeclaration } from './broker-objects.ts';
import type { Declares, PublishEntry, ReplyExchange, Subscription } from './exchange-config.ts';
import type { DefaultOptions } from './schema.ts';
import type { QueueDeclaration } from './topology.ts';

/** Where a service asks and is answered. */
export interface Asking {
  readonly main: PublishEntry | undefined;
  readonly subscribe: Readonly<Record<string, Subscription>>;
  readonly replyExchanges: readonly ReplyExchange[];
}

export function replyQueueName(svcName: string, { main, subscribe }: Asking): string | undefined {
  return main !== undefined || Object.keys(subscribe).length > 0 ? `${svcName}_reply` : undefined;
}

/** The entries whose exchanges the reply queue is bound to. */
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
  const buries = all.some(
    (queue) => queue.arguments['x-dead-letter-exchange'] === deadLetterExchangeName(svcName),
  );
  return buries ? [...reply, deadLetterObjects(svcName, defaults)] : reply;
}

function replyObjects(
  svcName: string,
  asking: Asking,
  { declare, queue_type }: DefaultOptions,
): readonly Declares[] {
  const name = replyQueueName(svcName, asking);
  if (name === undefined) return [];
  const lasting = {
    durable: true,
    exclusive: false,
    auto_delete: false,
    declare: declare ?? true,
    queue_type: queue_type ?? 'quorum',
  } as const;
  const exchanges = [...new Set(replyRoutes(asking).map(({ exchange }) => exchange))];
  const bindings = exchanges.map((exchange) => ({
    exchange,
    queue: name,
    routingKey: name,
    arguments: {},
  }));
  return [
    {
      pointer: '/svc_name',
      exchanges: [],
      queues: [queueDeclaration(name, lasting, {}, {}, svcName)],
      bindings,
    },
  ];
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
