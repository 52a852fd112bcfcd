/**
 * The format of a config file: the one source of its JSON Schema, its check and its type.
 *
 * Job: every key with its type, meaning and default. Boundary: shapes only. Rules between keys are
 * in `normalise.ts`, conflicts between declarations in `topology.ts`.
 *
 * - closed: an object refuses every key that is not named here.
 * - older forms: forms that are in use are accepted; the program never writes them.
 * - from outside: the actors bring the sections, the transports bring the schemes of `amqp_url`. A
 *   section cannot take the name of a key of the format.
 */
import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { type BrokerSchemes, brokerUrlPattern } from './broker-urls.ts';
import { trustSchema } from './trust-schema.ts';

const closed = { additionalProperties: false } as const;
const keyName = Type.String({ pattern: '^\\S+$' });

/**
 * A map with free keys. Unlike a bare `Type.Record`, keys that do not match the pattern are
 * refused.
 */
function mapOf<Value extends TSchema>(value: Value, description: string) {
  return Type.Record(keyName, value, { ...closed, description });
}

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
function brokerName(description: string) {
  return Type.String({ minLength: 1, maxLength: 255, description });
}

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
const actionPrefix = (description: string) =>
  Type.Optional(Type.String({ pattern: '^[^.\\s]+$', maxLength: 100, description }));
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

const publishEntry = Type.Object(
  {
    name: exchangeName,
    type: Type.Optional(exchangeType),
    routing_key: Type.Optional(publishKeys),
    ...queueNames,
    ...queueAndExchangeOptions,
  },
  closed,
);
const consumeEntry = Type.Object(
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
const consumeQueueName = Type.Object(
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
const subscribeEntry = Type.Object(
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
const replyExchange = Type.Object(
  { name: exchangeName, type: questionExchangeType, ...exchangeOptions },
  closed,
);

const defaults = Type.Object(
  { type: Type.Optional(exchangeType), ...queueOptions },
  {
    ...closed,
    description:
      'Options of every exchange and queue of this file, unless an entry says otherwise.',
  },
);
const count = (defaultValue: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, default: defaultValue, description }));

/** The limits of a file without `limits`. */
export const limitDefaults = {
  body_bytes: 1_048_576,
  depth: 64,
  keys: 10_000,
  answer_bytes: 16_777_216,
  answer_keys: 1_000_000,
} as const;

const limits = Type.Object(
  {
    body_bytes: count(limitDefaults.body_bytes, 'Largest size of a message body, in bytes.'),
    depth: count(limitDefaults.depth, 'Deepest nesting of objects and lists in a message body.'),
    keys: count(limitDefaults.keys, 'Largest number of keys in a message body.'),
    answer_bytes: count(
      limitDefaults.answer_bytes,
      'Largest size of the body of an answer to a question of this service, in bytes.',
    ),
    answer_keys: count(
      limitDefaults.answer_keys,
      'Largest number of keys in the body of an answer to a question of this service.',
    ),
  },
  {
    ...closed,
    description:
      'Limits of a message. A message beyond a limit is refused before it is handled. An answer beyond ' +
      'a limit reaches the asker as the error `answer-too-large`.',
  },
);

/** The times of a file without `consent`. */
export const consentDefaults = {
  vote_deadline_ms: 10_000,
  refusal_grace_ms: 100,
  question_ids_max: 2_000,
} as const;

const milliseconds = (defaultValue: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, default: defaultValue, description }));

const consent = Type.Object(
  {
    vote_deadline_ms: milliseconds(
      consentDefaults.vote_deadline_ms,
      86_400_000,
      'Time for the answers to all questions before a deletion or an update, in milliseconds. A voter ' +
        'caps the deadline of a question at this time of its own.',
    ),
    refusal_grace_ms: milliseconds(
      consentDefaults.refusal_grace_ms,
      60_000,
      'Time between the first refusal and the end of the vote, for further refusals, in milliseconds.',
    ),
    question_ids_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 9_000,
        default: consentDefaults.question_ids_max,
        description:
          'Largest number of node ids in one message to a voter. A question about more nodes is asked in ' +
          'several messages. Every id is a key in the sense of `limits.keys` of the voter.',
      }),
    ),
    always_ask: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        uniqueItems: true,
        default: [],
        description:
          'Services that are asked about every node of this service, beside the subscribers of the node. For ' +
          'a voter that cannot subscribe, such as a webhook.',
      }),
    ),
  },
  { ...closed, description: 'Times and sizes of the agreement before a deletion or an update.' },
);
const reference = Type.Object(
  {
    entity: Type.String({
      minLength: 1,
      description: 'Entity of the nodes: a key of `subscribe`.',
    }),
    on_delete: Type.Optional(
      Type.Enum(['refuse', 'delete', 'detach'], {
        default: 'refuse',
        description:
          'Answer to the deletion of a node that is referred to: refuse the deletion, ' +
          'delete the referring node too, or take the id out of the referring node.',
      }),
    ),
  },
  closed,
);
const className = Type.String({ pattern: '^[^\\s,]+$' });
const classNames = Type.String({
  pattern: '^([^\\s,]+(\\s*,\\s*[^\\s,]+)*)?$',
  examples: ['prsTag, prsAlert'],
});
const hierarchy = Type.Object(
  {
    node: Type.String({
      description:
        'cn of the base node below which the nodes of the service stand. Empty: the service has no ' +
        'base node, and each of its nodes is created below a parent.',
    }),
    class: Type.String({
      pattern: '^[^\\s,]+$',
      description: 'objectClass of the nodes of the service.',
    }),
    parent_classes: Type.Optional(
      Type.Union([classNames, Type.Array(className)], {
        description:
          'Classes of nodes below which a node of the service may stand: a list, or a text with ' +
          'commas. The empty text: below any node of the service itself and of the entities of ' +
          '`subscribe`. Default: only below the base node.',
      }),
    ),
    create_sys_node: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Create the nodes system/subscribers below each new node.',
      }),
    ),
    values: Type.Optional(
      Type.Enum(['typed', 'ldap'], {
        default: 'typed',
        description:
          'typed: values keep their JSON types, and text is compared exactly. ldap: values are given and ' +
          'read as text (`"TRUE"`, `"2"`); names and filters are compared without regard to case, and no ' +
          'two siblings have names that differ only in case.',
      }),
    ),
    references: Type.Optional(
      mapOf(
        reference,
        'Attributes with ids of nodes of another entity, by the name of the attribute.',
      ),
    ),
    attributes: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description:
            'A JSON Schema (draft 7) over the attributes that a request gives. An attribute with ' +
            'one value is that value, an attribute with several values is a list. A request with ' +
            'other attributes is refused. Attributes of the hierarchy itself, and references, are ' +
            'looked at only where the schema names them.',
        },
      ),
    ),
    keep_while: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description:
            'A JSON Schema (draft 7) over the attributes of a node. A node that matches the ' +
            'schema is not deleted. An attribute with one value is that value, an attribute ' +
            'with several values is a list, and an attribute without a value is absent.',
        },
      ),
    ),
    keep_because: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description:
          'Reason of the refusal of `keep_while`, behind the name and the id of the node. ' +
          'Default: the attributes that the schema names, with their values.',
      }),
    ),
  },
  { ...closed, description: 'The nodes that the service owns in the hierarchy.' },
);

const logLevels = ['CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG', 'TRACE'] as const;
const timeUnit = '(second|minute|hour|day|week|month|year)s?';
const log = Type.Object(
  {
    level: Type.Optional(
      Type.Enum([...logLevels, 'critical', 'error', 'warning', 'info', 'debug', 'trace'], {
        default: 'INFO',
        description: 'Lowest level of the lines that are written.',
      }),
    ),
    file_name: Type.Optional(
      Type.String({ minLength: 1, description: 'Log file. Default: standard error.' }),
    ),
    retention: Type.Optional(
      Type.String({
        pattern: `^[1-9]\\d{0,8} ${timeUnit}$`,
        examples: ['1 months'],
        description: 'How long an old log file is kept. Default: for ever.',
      }),
    ),
    rotation: Type.Optional(
      Type.String({
        pattern: `^[1-9]\\d{0,8} (${timeUnit}|[KMG]?B)$`,
        examples: ['20 days', '100 MB'],
        description: 'Age or size at which a new log file is begun. Default: never.',
      }),
    ),
  },
  { ...closed, description: 'The log of the process.' },
);

export const httpDefaults = {
  host: '127.0.0.1',
  port: 0,
  wait_ms: 10_000,
  requests_max: 1000,
} as const;
const fileName = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const httpCaller = Type.Object(
  {
    sha256: Type.String({
      pattern: '^[0-9a-fA-F]{64}$',
      description:
        'The SHA-256 of the token, in hexadecimal digits. The token is a long random text.',
    }),
    roles: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  },
  closed,
);
const httpJwt = Type.Object(
  {
    jwks_file: fileName('A file with the public keys, as a JSON Web Key Set.'),
    public_key_file: fileName('A file with the only public key, in PEM.'),
    audience: Type.String({ minLength: 1, description: 'The claim `aud` that a token must have.' }),
    issuer: Type.Optional(
      Type.String({ minLength: 1, description: 'The claim `iss` that a token must have.' }),
    ),
    roles_claim: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'roles',
        description: 'The claim with the roles: a list, or words in a text.',
      }),
    ),
  },
  { ...closed, description: 'Take JSON Web Tokens; the claim `sub` is the name of the caller.' },
);
const http = Type.Object(
  {
    host: Type.Optional(
      Type.String({
        minLength: 1,
        default: httpDefaults.host,
        description:
          'The address on which HTTP listens. Without `callers` and `jwt` only 127.0.0.1, ::1 or ' +
          'localhost.',
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: httpDefaults.port,
        description: 'The port of HTTP; 0: a free one, which the start line names.',
      }),
    ),
    wait_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 300_000,
        default: httpDefaults.wait_ms,
        description:
          'How long a request without a preference waits for its answer, milliseconds. A deletion ' +
          'or update that takes longer is answered 202 with the place of its saga.',
      }),
    ),
    requests_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: httpDefaults.requests_max,
        description: 'Requests that may be under way at once; a further request is answered 503.',
      }),
    ),
    callers: Type.Optional(
      mapOf(httpCaller, 'Callers with a token of their own, by name. Others are answered 401.'),
    ),
    jwt: Type.Optional(httpJwt),
    cors_origins: Type.Optional(
      Type.Array(Type.String({ pattern: '^https?://[^/\\s]+$' }), {
        examples: [['https://shop.example']],
        description: 'Origins whose pages may send requests. Default: none.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'Serve HTTP in the process of this service. Configs of one process that have the section ' +
      'must agree.',
  },
);

export const apiVersionDefault = '/v1';
export const inspectorDefaults = { host: '127.0.0.1', port: 0 } as const;
const inspectorToken = Type.Object(
  {
    sha256: Type.String({
      pattern: '^[0-9a-fA-F]{64}$',
      description:
        'The SHA-256 of the token, in hexadecimal digits. The token is a long random text.',
    }),
  },
  closed,
);
const inspector = Type.Object(
  {
    host: Type.Optional(
      Type.String({
        minLength: 1,
        default: inspectorDefaults.host,
        description:
          'The address on which the inspector listens. An address that other machines reach needs ' +
          '`names`, and `readers` or `operators`.',
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: inspectorDefaults.port,
        description: 'The port of the inspector; 0: a free one, which the start line names.',
      }),
    ),
    names: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9.-]+$' }), {
        examples: [['inspector.shop.example']],
        description:
          'Host names under which browsers reach the inspector, besides those of the loopback ' +
          'address. A request with another name is refused.',
      }),
    ),
    readers: Type.Optional(
      mapOf(inspectorToken, 'People who may look, each with a token, by name.'),
    ),
    operators: Type.Optional(
      mapOf(
        inspectorToken,
        'People who may also act (overrides of sagas, dead letters), each with a token, by name.',
      ),
    ),
  },
  {
    ...closed,
    description:
      'Serve the inspector, a page about the services of the process, in the process of this ' +
      'service. Configs of one process that have the section must agree.',
  },
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
  $schema: Type.Optional(
    Type.String({ description: 'The JSON Schema of this file, for editors.' }),
  ),
  svc_name: Type.String({
    pattern: '^[^/*#\\s]+$',
    maxLength: 200,
    examples: ['tags_model_crud'],
    description: 'Name of the service. Names of queues and exchanges are derived from the name.',
  }),
  publish: Type.Optional(
    Type.Union(
      [
        mapOf(publishEntry, 'Publishers by name. The publisher main sends facts and questions.'),
        Type.Array(brokerName('Name of an exchange and of a queue.'), {
          uniqueItems: true,
          description:
            'Older form: each name stands for a direct exchange and a queue of that name.',
        }),
      ],
      {
        description: 'Exchanges to which the service publishes.',
      },
    ),
  ),
  consume: Type.Optional(
    Type.Union(
      [
        consumeQueueName,
        mapOf(consumeEntry, 'Queues by name. The queue main takes the messages of the service.'),
      ],
      { description: 'Queues that the service consumes.' },
    ),
  ),
  subscribe: Type.Optional(
    mapOf(
      subscribeEntry,
      'Entities by name. The service is asked before a node that it depends on is changed.',
    ),
  ),
  defaults: Type.Optional(defaults),
  reply_exchanges: Type.Optional(
    Type.Array(replyExchange, {
      description:
        'Exchanges on which old peers answer questions: the reply queue is bound to them.',
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
    Type.String({ description: 'Used in the environment only, where it names the config file.' }),
  ),
  limits: Type.Optional(limits),
  action_prefix: actionPrefix(
    'Word before the actions of messages about the nodes of the service: with `objects` the action is ' +
      '`objects.mayDelete`. For other services that know only such names. A gateway sends its requests so.',
  ),
  api_version: Type.Optional(
    Type.String({
      pattern: '^/[A-Za-z0-9._-]+$',
      maxLength: 100,
      default: apiVersionDefault,
      description: 'First part of the paths of HTTP under which this service is reached.',
    }),
  ),
  compat: Type.Optional(
    Type.Enum(['strict', 'lenient'], {
      default: 'strict',
      description:
        'strict: a member of a message that the service does not know is refused. ' +
        'lenient: the member is left out, as for clients of older services.',
    }),
  ),
  consent: Type.Optional(consent),
  hierarchy: Type.Optional(hierarchy),
  http: Type.Optional(http),
  inspector: Type.Optional(inspector),
  log: Type.Optional(log),
  trust: Type.Optional(trustSchema),
  trust_file: Type.Optional(
    Type.String({
      minLength: 1,
      examples: ['trust.json'],
      description:
        'A file with the section `trust`, in place of the section: one file for all services.',
    }),
  ),
};
const format = Type.Object(properties, closed);

/** A config file as written, without the actors' sections. */
export type ExchangeConfigFile = Static<typeof format>;
export type PublishOptions = Static<typeof publishEntry>;
export type ConsumeOptions = Static<typeof consumeEntry>;
export type BoundExchangeOptions = Static<typeof boundExchange>;
export type QueueAndBindings = Static<typeof consumeQueueName>;
export type ExchangeOfQueue = Static<typeof exchangeOfQueue>;
export type SubscribeOptions = Static<typeof subscribeEntry>;
export type ReplyExchangeOptions = Static<typeof replyExchange>;
export type DefaultOptions = Static<typeof defaults>;
export type HierarchyOptions = Static<typeof hierarchy>;
export type HttpOptions = Static<typeof http>;
export type InspectorOptions = Static<typeof inspector>;
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
