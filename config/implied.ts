/**
 * The broker objects that a service needs although no entry of its file names them.
 *
 * - reply queue: a service with `publish.main` or with subscriptions asks questions. It has the
 *   durable queue `<svc_name>_reply`, bound under the queue's name to every exchange that it asks
 *   through and to every exchange of `reply_exchanges`.
 * - dead letters: a service with a queue that dead-letters to `dlx.<svc_name>` has that fanout
 *   exchange, and the quorum queue `dlq.<svc_name>` on it.
 * - lasting: of the file's `defaults` only `declare` and `queue_type` apply here; these objects are
 *   durable whatever the defaults say.
 */
import { deadLetterExchangeName, queueDeclaration } from './broker-objects.ts';
import type { DefaultOptions } from './entry-schemas.ts';
import type { PublishEntry, ReplyExchange, Subscription } from './exchange-config.ts';
import type { Declares, QueueDeclaration } from './topology.ts';

/** The entries through which a service asks questions and receives answers. */
export interface Asking {
  readonly main: PublishEntry | undefined;
  readonly subscribe: Readonly<Record<string, Subscription>>;
  readonly replyExchanges: readonly ReplyExchange[];
}

export function replyQueueName(svcName: string, { main, subscribe }: Asking): string | undefined {
  return main !== undefined || Object.keys(subscribe).length > 0 ? `${svcName}_reply` : undefined;
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
      queues: [queueDeclaration(name, options, {}, {}, svcName)],
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
