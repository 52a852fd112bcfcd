/**
 * The file format of an exchange config, as written: the one source of its JSON Schema, of its check and of its type.
 *
 * Job: every key there is, with its type, its meaning and its default. Normal form: `exchange-config.ts`.
 * Boundary: shapes only; rules between keys are in `normalise.ts`, conflicts between declarations in `topology.ts`.
 *
 * 1. Every object is closed: what is not named here is refused.
 * 2. Variants of the field stand here too, because they are read; nothing writes them.
 * 3. The sections of the actors come from outside under the actors' names and cannot take a name of the format.
 * 4. The schemes of `amqp_url` come from outside too: the transports bring them.
 */
import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { type BrokerSchemes, brokerUrlPattern } from './broker-urls.ts';

const closed = { additionalProperties: false } as const;
const keyName = Type.String({ pattern: '^\\S+$' });

/** A map with free keys; unlike a bare `Type.Record` it refuses a key that the pattern does not match. */
function mapOf<Value extends TSchema>(value: Value, description: string) {
  return Type.Record(keyName, value, { ...closed, description });
}

const exchangeType = Type.Enum(['direct', 'fanout', 'topic', 'headers']);
const questionExchangeType = Type.Enum(['direct', 'topic'], {
  description: 'Questions go through direct or topic exchanges only.',
});
const queueType = Type.Enum(['quorum', 'classic'], {
  description:
    'A durable queue that is neither exclusive nor auto-delete is a quorum queue unless this says classic.',
});
const brokerName = Type.String({ minLength: 1, maxLength: 255 });
const routingKey = Type.String({ maxLength: 255 });
const oneRoutingKey = Type.Union([
  routingKey,
  Type.Array(routingKey, { minItems: 1, maxItems: 1 }),
]);
const routingKeys = Type.Union([routingKey, Type.Array(routingKey, { minItems: 1 })]);
const brokerArguments = mapOf(
  Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
  'AMQP arguments. Those of queues and of exchanges are told apart by name; on a headers exchange all others are the binding, x-match among them.',
);
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const declare = flag(
  'true creates what is missing; false only checks, and fails when it is missing or different. Default true.',
);

const exchangeOptions = {
  durable: flag('Survives a restart of the broker. Default true.'),
  auto_delete: flag(
    'Goes with its last binding (exchange) or its last consumer (queue). Default false.',
  ),
  arguments: Type.Optional(brokerArguments),
  declare,
};
const queueOptions = {
  ...exchangeOptions,
  exclusive: flag('Belongs to one connection and goes with it. Default false.'),
  queue_type: Type.Optional(queueType),
};
/** Beside a queue the flat options are the queue's. */
const queueAndExchangeOptions = {
  ...queueOptions,
  exchange: Type.Optional(
    Type.Object(exchangeOptions, {
      ...closed,
      description: "The exchange's own options; the others here are the queue's.",
    }),
  ),
};
const queueNames = {
  queue: Type.Optional(brokerName),
  queue_name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      deprecated: true,
      description: 'An old name of queue.',
    }),
  ),
};

const publishEntry = Type.Object(
  {
    name: brokerName,
    type: Type.Optional(exchangeType),
    routing_key: Type.Optional(oneRoutingKey),
    ...queueNames,
    ...queueAndExchangeOptions,
  },
  closed,
);
const consumeEntry = Type.Object(
  {
    name: brokerName,
    type: Type.Optional(exchangeType),
    ...queueNames,
    routing_key: Type.Optional(routingKeys),
    ...queueAndExchangeOptions,
  },
  closed,
);
const boundExchange = Type.Object(
  {
    name: brokerName,
    type: Type.Optional(exchangeType),
    routing_key: Type.Optional(routingKeys),
    ...exchangeOptions,
  },
  closed,
);
const consumeQueueName = Type.Object(
  {
    queue_name: brokerName,
    exchanges: mapOf(boundExchange, 'Exchanges the queue is bound to.'),
    ...queueOptions,
  },
  {
    ...closed,
    deprecated: true,
    description: 'An old form: one queue and the exchanges it is bound to.',
  },
);
const subscribeEntry = Type.Object(
  {
    publish: Type.Object(
      {
        name: brokerName,
        type: Type.Optional(questionExchangeType),
        routing_key: Type.Optional(oneRoutingKey),
        ...exchangeOptions,
      },
      { ...closed, description: 'Where subscribe is sent for this entity.' },
    ),
    consume: boundExchange,
    class: Type.Optional(
      Type.String({ minLength: 1, description: "objectClass of the entity's instances." }),
    ),
  },
  closed,
);
const replyExchange = Type.Object(
  { name: brokerName, type: questionExchangeType, ...exchangeOptions },
  closed,
);

const defaults = Type.Object(
  { type: Type.Optional(exchangeType), ...queueOptions },
  {
    ...closed,
    description:
      'Options of every exchange, queue and publisher of this file that does not say otherwise.',
  },
);
const count = (defaultValue: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, default: defaultValue, description }));

/** The limits of a file that says none. */
export const limitDefaults = { body_bytes: 1_048_576, depth: 64, keys: 10_000 } as const;

const limits = Type.Object(
  {
    body_bytes: count(limitDefaults.body_bytes, 'Largest message body.'),
    depth: count(limitDefaults.depth, 'Deepest nesting of a message body.'),
    keys: count(limitDefaults.keys, 'Most keys in a message body.'),
  },
  { ...closed, description: 'What a message may be before it is refused unread.' },
);
const reference = Type.Object(
  {
    entity: Type.String({ minLength: 1, description: 'A key of subscribe.' }),
    on_delete: Type.Optional(Type.Enum(['refuse', 'delete'], { default: 'refuse' })),
  },
  closed,
);
const className = Type.String({ minLength: 1 });
const hierarchy = Type.Object(
  {
    node: Type.String({ minLength: 1, description: 'cn of the base node of the entity.' }),
    class: Type.String({ minLength: 1, description: 'objectClass of its instances.' }),
    parent_classes: Type.Optional(Type.Union([className, Type.Array(className)])),
    create_sys_node: Type.Optional(
      Type.Boolean({ default: true, description: 'A new node gets system/subscribers below it.' }),
    ),
    references: Type.Optional(
      mapOf(reference, 'Attributes that hold ids of nodes of another entity.'),
    ),
  },
  closed,
);

const logLevels = ['CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG', 'TRACE'] as const;
const timeUnit = '(second|minute|hour|day|week|month|year)s?';
const log = Type.Object(
  {
    level: Type.Optional(
      Type.Enum([...logLevels, 'critical', 'error', 'warning', 'info', 'debug', 'trace'], {
        default: 'INFO',
      }),
    ),
    file_name: Type.Optional(Type.String({ minLength: 1 })),
    retention: Type.Optional(
      Type.String({ pattern: `^[1-9]\\d{0,8} ${timeUnit}$`, examples: ['1 months'] }),
    ),
    rotation: Type.Optional(
      Type.String({
        pattern: `^[1-9]\\d{0,8} (${timeUnit}|[KMG]?B)$`,
        examples: ['20 days', '100 MB'],
      }),
    ),
  },
  closed,
);

function url(pattern: string, examples: string[], description: string) {
  const words = `${description} Credentials only in the environment.`;
  return Type.Optional(Type.String({ pattern, examples, description: words }));
}

function brokerUrl(schemes: BrokerSchemes) {
  const examples = Object.values(schemes).map(({ example }) => example);
  return url(
    brokerUrlPattern(schemes),
    [...new Set(examples)],
    'The broker, or several separated by commas.',
  );
}

const properties = {
  $schema: Type.Optional(Type.String()),
  svc_name: Type.String({
    pattern: '^[^/*#\\s]+$',
    maxLength: 200,
    examples: ['tags_model_crud'],
    description: 'Name of the service.',
  }),
  publish: Type.Optional(
    Type.Union(
      [
        mapOf(publishEntry, 'Exchanges the service publishes to.'),
        Type.Array(brokerName, { uniqueItems: true }),
      ],
      {
        description: 'A list of names is one direct exchange and one queue each, of that name.',
      },
    ),
  ),
  consume: Type.Optional(
    Type.Union([
      consumeQueueName,
      mapOf(consumeEntry, 'Queues the service reads; main is its main queue.'),
    ]),
  ),
  subscribe: Type.Optional(
    mapOf(subscribeEntry, 'Entities whose changes the service is asked about, by name.'),
  ),
  defaults: Type.Optional(defaults),
  reply_exchanges: Type.Optional(
    Type.Array(replyExchange, {
      description: 'Where old peers answer: the reply queue is bound there too.',
    }),
  ),
  amqp_url: brokerUrl({}),
  database_url: url(
    '^postgres(ql)?://[^\\s]+$',
    ['postgresql://database:5432/shop'],
    'The database of journal and tables.',
  ),
  cache_url: url('^rediss?://[^\\s]+$', ['redis://cache:6379'], 'Redis, for locks.'),
  config_file: Type.Optional(
    Type.String({ description: 'Has its meaning in the environment, where it names this file.' }),
  ),
  limits: Type.Optional(limits),
  hierarchy: Type.Optional(hierarchy),
  log: Type.Optional(log),
};
const format = Type.Object(properties, closed);

/** A config file as written, without the actors' sections. */
export type ExchangeConfigFile = Static<typeof format>;
export type PublishOptions = Static<typeof publishEntry>;
export type ConsumeOptions = Static<typeof consumeEntry>;
export type BoundExchangeOptions = Static<typeof boundExchange>;
export type QueueAndBindings = Static<typeof consumeQueueName>;
export type SubscribeOptions = Static<typeof subscribeEntry>;
export type ReplyExchangeOptions = Static<typeof replyExchange>;
export type DefaultOptions = Static<typeof defaults>;
export type HierarchyOptions = Static<typeof hierarchy>;
export type LogOptions = Static<typeof log>;

/** Sections that actors define, under the actors' names. */
export type Sections = Readonly<Record<string, TSchema>>;

/** The parts of the format that come from outside. */
export interface FormatParts {
  /** Schemas of the actors' sections, by name. */
  readonly sections: Sections;
  readonly schemes: BrokerSchemes;
}

/** The schema of a whole file. Throws when a section takes a name of the format. */
export function exchangeConfigSchema({ sections, schemes }: FormatParts): TSchema {
  const taken = Object.keys(sections).find((name) => Object.hasOwn(properties, name));
  if (taken !== undefined)
    throw new Error(
      `an actor's section cannot be named ${taken}: the exchange config has a key of that name`,
    );
  const optional: TProperties = Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name, Type.Optional(section)]),
  );
  return Type.Object(
    { ...properties, amqp_url: brokerUrl(schemes), ...optional },
    {
      ...closed,
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Exchange config of one service',
    },
  );
}
