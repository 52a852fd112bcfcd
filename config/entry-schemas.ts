/** The format of the entries that name exchanges and queues. `variants.ts` reads their older forms. */
import { type Static, Type } from 'typebox';
import { actionPrefix, brokerName, closed, mapOf } from './schema-parts.ts';

const exchangeType = Type.Enum(['direct', 'fanout', 'topic', 'headers'], {
  description: 'Type of the exchange. Default: the one of `defaults`, else direct.',
});
const questionExchangeType = Type.Enum(['direct', 'topic'], {
  description: 'Type of the exchange. Questions need a direct or a topic exchange.',
});
const queueType = Type.Enum(['quorum', 'classic'], {
  description:
    'Type of a queue that is durable, not exclusive and not auto-delete. Default: quorum. ' +
    'Any other queue is a classic queue.',
});
const exchangeName = brokerName('Name of the exchange.');
const routingKey = Type.String({ maxLength: 255 });
const keyNeeded = 'Needed for a direct or a topic exchange.';
const oneRoutingKey = Type.Union(
  [routingKey, Type.Array(routingKey, { minItems: 1, maxItems: 1 })],
  { description: `Routing key of the messages. ${keyNeeded}` },
);
const publishKeys = Type.Union([routingKey, Type.Array(routingKey, { minItems: 1 })], {
  description:
    'Routing key, or keys, of the messages. Facts (created, updated, deleted) go out under each ' +
    `key, every other message under the first one. ${keyNeeded}`,
});
const routingKeys = Type.Union([routingKey, Type.Array(routingKey, { minItems: 1 })], {
  description: `Routing key, or keys, of the bindings. ${keyNeeded}`,
});
const brokerArguments = mapOf(
  Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
  'AMQP arguments. Their names tell arguments of queues from those of exchanges. ' +
    'On a headers exchange all other arguments belong to the binding, for example x-match.',
);
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const declare = flag(
  'true: create the exchange and the queue if they are missing. ' +
    'false: only check that they exist as described. Default: true.',
);

const exchangeOptions = {
  durable: flag('The object survives a restart of the broker. Default: true.'),
  auto_delete: flag(
    'The exchange is deleted with its last binding, the queue with its last consumer. ' +
      'Default: false.',
  ),
  arguments: Type.Optional(brokerArguments),
  declare,
};
const queueOptions = {
  ...exchangeOptions,
  exclusive: flag(
    'The queue belongs to one connection, and is deleted with that connection. Default: false.',
  ),
  queue_type: Type.Optional(queueType),
};
/** In an entry with a queue, the flat options are those of the queue. */
const queueAndExchangeOptions = {
  ...queueOptions,
  exchange: Type.Optional(
    Type.Object(exchangeOptions, {
      ...closed,
      description:
        'Options of the exchange in an entry with a queue. The options beside this key are for the queue.',
    }),
  ),
};
const queueNames = {
  queue: Type.Optional(brokerName('Name of the queue.')),
  queue_name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      deprecated: true,
      description: 'Older name of `queue`.',
    }),
  ),
};

export const publishEntry = Type.Object(
  {
    name: exchangeName,
    type: Type.Optional(exchangeType),
    routing_key: Type.Optional(publishKeys),
    ...queueNames,
    ...queueAndExchangeOptions,
  },
  closed,
);
export const consumeEntry = Type.Object(
  {
    name: exchangeName,
    type: Type.Optional(exchangeType),
    ...queueNames,
    routing_key: Type.Optional(routingKeys),
    ...queueAndExchangeOptions,
  },
  closed,
);
const boundExchange = Type.Object(
  {
    name: exchangeName,
    type: Type.Optional(exchangeType),
    routing_key: Type.Optional(routingKeys),
    ...exchangeOptions,
  },
  closed,
);
const exchangeOfQueue = Type.Object(
  {
    ...boundExchange.properties,
    queue_name: Type.Optional(
      brokerName('Name of the queue, the same in each place of `consume` that has the key.'),
    ),
  },
  closed,
);
export const consumeQueueName = Type.Object(
  {
    queue_name: Type.Optional(
      brokerName('Name of the queue. Default: the `queue_name` of `exchanges.main`.'),
    ),
    exchanges: mapOf(exchangeOfQueue, 'Exchanges to which the queue is bound.'),
    ...queueOptions,
  },
  {
    ...closed,
    deprecated: true,
    description: 'Older form: one queue, and the exchanges to which the queue is bound.',
  },
);
export const subscribeEntry = Type.Object(
  {
    publish: Type.Object(
      {
        name: exchangeName,
        type: Type.Optional(questionExchangeType),
        routing_key: Type.Optional(oneRoutingKey),
        ...exchangeOptions,
      },
      {
        ...closed,
        description: 'Exchange to which the message subscribe is sent for this entity.',
      },
    ),
    consume: boundExchange,
    action_prefix: actionPrefix(
      'Word before the actions of messages to the owner of this entity: with `objects` the action is ' +
        '`objects.subscribe`. For an owner that knows only such names.',
    ),
    class: Type.Optional(
      Type.String({ minLength: 1, description: 'objectClass of the instances of the entity.' }),
    ),
    owner: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The service that owns the entity. With `trust` its questions and decisions come only from ' +
          'its users. Default: those of any service count.',
      }),
    ),
  },
  closed,
);
export const replyExchange = Type.Object(
  { name: exchangeName, type: questionExchangeType, ...exchangeOptions },
  closed,
);

export const defaults = Type.Object(
  { type: Type.Optional(exchangeType), ...queueOptions },
  {
    ...closed,
    description:
      'Options of every exchange and queue of this file, unless an entry says otherwise.',
  },
);

export type PublishOptions = Static<typeof publishEntry>;
export type ConsumeOptions = Static<typeof consumeEntry>;
export type BoundExchangeOptions = Static<typeof boundExchange>;
export type QueueAndBindings = Static<typeof consumeQueueName>;
export type ExchangeOfQueue = Static<typeof exchangeOfQueue>;
export type SubscribeOptions = Static<typeof subscribeEntry>;
export type ReplyExchangeOptions = Static<typeof replyExchange>;
export type DefaultOptions = Static<typeof defaults>;
