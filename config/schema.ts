/**
 * The format of a config file: the only source of its JSON Schema, its check and its type.
 *
 * Job: the whole file, made of the schemas of its sections in the neighbouring files `*-schema.ts`:
 * every key with its type, meaning and default. Boundary: shapes only. Rules between keys are in
 * `normalise.ts`, conflicts between declarations in `topology.ts`.
 *
 * - closed: an object refuses every key that no schema names.
 * - older forms: the older forms that are in use are accepted; the program never writes them.
 * - from outside: the actors bring the sections, the transports bring the schemes of `amqp_url`. A
 *   section cannot take the name of a key of the format.
 */
import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { type BrokerSchemes, brokerUrlPattern } from './broker-urls.ts';
import { brokerUserSchema } from './broker-user.ts';
import {
  consumeEntry,
  consumeQueueName,
  defaults,
  publishEntry,
  replyExchange,
  subscribeEntry,
} from './entry-schemas.ts';
import { hierarchySchema } from './hierarchy-schema.ts';
import { httpSchema } from './http-schema.ts';
import { inspectorSchema } from './inspector-schema.ts';
import { consentSchema, limitsSchema } from './limit-schemas.ts';
import { logSchema } from './log-schema.ts';
import { processSchema } from './process-schema.ts';
import { actionPrefix, brokerName, closed, mapOf } from './schema-parts.ts';
import { trustSchema } from './trust-schema.ts';

export const apiVersionDefault = '/v1';
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
        'Exchanges on which old peers answer questions: the reply queue is bound to them. Without ' +
        '`trust` the reply queue is bound to the exchanges of the questions too.',
    }),
  ),
  amqp_url: brokerUrl({}),
  broker_user: Type.Optional(brokerUserSchema),
  database_url: url(
    '^postgres(ql)?://[^\\s]+$',
    ['postgresql://database:5432/shop'],
    'The database of journal and tables.',
  ),
  cache_url: url('^rediss?://[^\\s]+$', ['redis://cache:6379'], 'Redis, for locks.'),
  config_file: Type.Optional(
    Type.String({ description: 'Used in the environment only, where it names the config file.' }),
  ),
  limits: Type.Optional(limitsSchema),
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
  consent: Type.Optional(consentSchema),
  hierarchy: Type.Optional(hierarchySchema),
  http: Type.Optional(httpSchema),
  inspector: Type.Optional(inspectorSchema),
  log: Type.Optional(logSchema),
  process: Type.Optional(processSchema),
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
