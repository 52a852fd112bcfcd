/**
 * For the tests of config/: an example config, sections like those of actors, and the problems of a
 * refused config.
 */
import { Type } from 'typebox';
import { ConfigError, type ConfigIssue } from '../../../config/config-error.ts';
import type { Environment } from '../../../config/environment.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { parseExchangeConfig } from '../../../config/parse.ts';

const nothing = Type.Object({}, { additionalProperties: false });

export const sections = {
  api_crud: Type.Object(
    { links: Type.Optional(Type.Array(Type.String())) },
    { additionalProperties: false },
  ),
  cards: nothing,
  transactions: nothing,
  chains: nothing,
  file_remover: Type.Object(
    {
      roots: Type.Optional(Type.Array(Type.String())),
      attempts: Type.Optional(Type.Integer({ minimum: 1, default: 5 })),
      password: Type.Optional(Type.String()),
      target: Type.Optional(
        Type.Union([
          Type.Object(
            { kind: Type.Literal('disk'), folder: Type.String() },
            { additionalProperties: false },
          ),
          Type.Object(
            { kind: Type.Literal('s3'), bucket: Type.String() },
            { additionalProperties: false },
          ),
        ]),
      ),
    },
    { additionalProperties: false },
  ),
};

/** As the transports bring them. */
export const schemes = {
  memory: { example: 'memory://', inProcess: true },
  amqp: { example: 'amqp://broker:5672', inProcess: false },
  amqps: { example: 'amqps://broker:5671', inProcess: false },
};

/** The config of a service of the hierarchy. */
export const tags = {
  $schema: '../exchange-config.schema.json',
  svc_name: 'tags_model_crud',
  publish: { main: { name: 'tags', type: 'direct', routing_key: 'tags_model_crud_publish' } },
  consume: {
    main: {
      name: 'tags',
      type: 'direct',
      queue: 'tags_model_crud_consume',
      routing_key: ['tags_model_crud_consume', 'tags_api_crud_publish'],
    },
  },
  subscribe: {
    objects: {
      publish: { name: 'objects', type: 'direct', routing_key: 'objects_model_crud_consume' },
      consume: { name: 'objects', type: 'direct', routing_key: 'objects_model_crud_publish' },
    },
  },
  hierarchy: { node: 'tags', class: 'prsTag', parent_classes: 'prsObject', create_sys_node: true },
  log: { level: 'INFO', file_name: 'peresvet.log', retention: '1 months', rotation: '20 days' },
};

/** A service that only consumes one queue. */
export function reader(main: object, rest: object = {}): object {
  return {
    svc_name: 'reader',
    consume: { main: { name: 'x', queue: 'q', routing_key: 'k', ...main } },
    ...rest,
  };
}

export function parsed(content: object, env: Environment = {}): ExchangeConfig {
  return parseExchangeConfig(JSON.stringify(content), { file: 'a.json', env, sections, schemes });
}

export function issuesOfText(text: string, env: Environment = {}): readonly ConfigIssue[] {
  return issuesOf(() => parseExchangeConfig(text, { file: 'a.json', env, sections, schemes }));
}

/** Empty for a config that is accepted. */
export function issues(content: object, env: Environment = {}): readonly ConfigIssue[] {
  return issuesOfText(JSON.stringify(content), env);
}

export function issuesOf(body: () => unknown): readonly ConfigIssue[] {
  try {
    body();
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.issues;
    throw thrown;
  }
}

export function pointers(found: readonly ConfigIssue[]): readonly string[] {
  return found.map(({ pointer }) => pointer);
}
