/**
 * The product's own hierarchy services on PostgreSQL, in one process, over memory or RabbitMQ, as a benchmark needs them: made, asked,
 * and gone without a trace.
 */
import { readFileSync } from 'node:fs';
import { sections } from '../../actors/catalog.ts';
import { parseExchangeConfig } from '../../composition/exchange-configs.ts';
import { openDeployment } from '../../composition/open-deployment.ts';
import { serviceConfigPaths } from '../../config/load.ts';
import type { Client } from '../../runtime/client.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { dropPlace, placeUrl } from './postgres-place.ts';

export interface Shop {
  /** Creates a node below `parentId` and answers its id. */
  create(entity: string, parentId?: string): Promise<string>;
  /** `data`: of the message `update`. */
  update(entity: string, data: JsonObject): Promise<void>;
  delete(entity: string, id: string | readonly string[]): Promise<void>;
  /** Rows of every table of the journal and its stores. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** Where the services keep their tables. */
  readonly databaseUrl: string;
  close(): Promise<void>;
}

/** An entity the package has no service for: nodes of a class of its own, below those of others. */
export interface OwnEntity {
  readonly entity: string;
  readonly objectClass: string;
  /** The entity whose nodes they stand below, beside their own. */
  readonly below: { readonly entity: string; readonly objectClass: string };
}

function ownConfigOf(
  { entity, objectClass, below }: OwnEntity,
  env: Readonly<Record<string, string>>,
) {
  const direct = (name: string, key: string) => ({
    name,
    type: 'direct',
    routing_key: `${name}_model_crud_${key}`,
  });
  const content = {
    svc_name: `${entity}_model_crud`,
    publish: { main: direct(entity, 'publish') },
    consume: { main: { ...direct(entity, 'consume'), queue: `${entity}_model_crud_consume` } },
    subscribe: {
      [below.entity]: {
        publish: direct(below.entity, 'consume'),
        consume: direct(below.entity, 'publish'),
        class: below.objectClass,
      },
    },
    hierarchy: {
      node: entity,
      class: objectClass,
      parent_classes: [below.objectClass, objectClass],
    },
  };
  return parseExchangeConfig(JSON.stringify(content), {
    file: `${entity}_model_crud.json`,
    env,
    sections,
  });
}

function configOf(entity: string, env: Readonly<Record<string, string>>) {
  const path = serviceConfigPaths().find((one) => one.endsWith(`/${entity}_model_crud.json`));
  if (path === undefined) throw new Error(`the package has no service for '${entity}'`);
  return parseExchangeConfig(readFileSync(path, 'utf8'), { file: path, env, sections });
}

/** `amqpUrl` absent: in memory. `fuse`: whether messages are handled in the batch of their sender there. */
export async function openShop(
  entities: readonly string[],
  amqpUrl?: string,
  own: readonly OwnEntity[] = [],
  fuse = false,
): Promise<Shop> {
  const databaseUrl = placeUrl();
  // A large deletion on a slow machine takes longer than the default deadline of a vote.
  const deadline = { CONSENT__VOTE_DEADLINE_MS: '300000', PROCESS__FUSE: String(fuse) };
  const env = amqpUrl === undefined ? deadline : { ...deadline, amqp_url: amqpUrl };
  const configs = [
    ...entities.map((entity) => configOf(entity, env)),
    ...own.map((one) => ownConfigOf(one, env)),
  ];
  const deployment = await openDeployment({ configs, databaseUrl });
  await deployment.start();
  const client = await deployment.client('bench');
  return {
    databaseUrl,
    create: async (entity, parentId) =>
      String(
        (await asked(client, entity, 'create', parentId === undefined ? {} : { parentId }))['id'],
      ),
    update: async (entity, data) => void (await asked(client, entity, 'update', data)),
    delete: async (entity, id) =>
      void (await asked(client, entity, 'delete', { id: id as string })),
    counts: () => deployment.counts(),
    async close() {
      await client.close();
      await deployment.stop();
      await dropPlace(databaseUrl);
    },
  };
}

async function asked(
  client: Client,
  entity: string,
  action: string,
  data: JsonObject,
): Promise<JsonObject> {
  const answer = await client.request(
    { exchange: entity, routingKey: `${entity}_model_crud_consume` },
    { action, data },
    { timeoutMs: 300_000 },
  );
  const { error } = answer as JsonObject;
  if (error !== undefined) throw new Error(`${action}: ${JSON.stringify(error)}`);
  return answer as JsonObject;
}
