/** Objects, tags and the maintenance service of the documents in memory, behind an HTTP app. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { HttpOptions } from '../../../../config/http-schema.ts';
import { httpSettings } from '../../../../config/http-settings.ts';
import { type Deployment, openDeployment, packageServices } from '../../../../deployment.ts';
import { httpApp } from '../../../../edge/http/server.ts';
import type { Served } from '../../../../edge/http/unanimous-routes.ts';
import { parseExchangeConfig, sections } from '../../../../index.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { maintenance } from '../../docs/maintenance/maintenance.ts';
import { maintenanceText } from './maintenance-text.ts';

export interface HttpWorld {
  readonly deployment: Deployment;
  /** A request without a socket. */
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** The id of a new node; `parentId`: below the node. */
  created(entity: string, cn: string, parentId?: string): Promise<string>;
  /** Opens a work order that keeps the object. */
  openOrder(objectId: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startedDeployment(): Promise<Deployment> {
  const file = 'maintenance.json';
  const config = parseExchangeConfig(maintenanceText, { file, env: {}, sections });
  const deployment = await openDeployment({
    configs: [config],
    services: [...packageServices('objects', 'tags', 'connectors'), maintenance],
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  return deployment;
}

export async function httpWorld(
  wrapped = (deployment: Deployment): Served => deployment,
  http: HttpOptions = {},
): Promise<HttpWorld> {
  const deployment = await startedDeployment();
  const app = httpApp(wrapped(deployment), httpSettings(http), () => undefined);
  const inject = (options: InjectOptions) => app.inject(options);
  const client = await deployment.client('test');
  return {
    deployment,
    inject,
    created: async (entity, cn, parentId) => {
      const parent = parentId === undefined ? {} : { parentId };
      const payload = { ...parent, attributes: { cn } };
      const reply = await inject({ method: 'POST', url: `/v1/${entity}/`, payload });
      return String(reply.json<JsonObject>()['id']);
    },
    openOrder: async (objectId) => {
      const data = { id: 'w1', objectId, title: 'oil' };
      const place = { exchange: 'maintenance', routingKey: 'maintenance' };
      await client.request(place, { action: 'open', data });
    },
    stop: async () => {
      await client.close();
      await app.close();
      await deployment.stop();
    },
  };
}
