/** Objects, tags and the maintenance service of the documents in memory, behind an inspector. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { deployedServices } from '../../../../composition/deployed-services.ts';
import { gatheredServices } from '../../../../composition/given-services.ts';
import { type OpenDeployment, openServices } from '../../../../composition/open-deployment.ts';
import type { InspectorOptions } from '../../../../config/inspector-schema.ts';
import { inspectorSettings } from '../../../../config/inspector-settings.ts';
import { packageServices } from '../../../../deployment.ts';
import { tokenHash, visitorsOf } from '../../../../edge/inspector/access.ts';
import { inspectorApp } from '../../../../edge/inspector/server.ts';
import { InspectorWatch } from '../../../../edge/inspector/watch.ts';
import { parseExchangeConfig, sections } from '../../../../index.ts';
import type { Client } from '../../../../runtime/client.ts';
import { systemClock } from '../../../../runtime/ports/clock.ts';
import { systemIds } from '../../../../runtime/ports/ids.ts';
import type { TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import { maintenance } from '../../docs/maintenance/maintenance.ts';
import { maintenanceText } from '../http/maintenance-text.ts';

export const readerToken = 'the-token-of-a-reader';
export const operatorToken = 'the-token-of-an-operator';

export interface InspectorWorld {
  readonly deployment: OpenDeployment;
  readonly client: Client;
  /** All turns that were committed, the oldest first. */
  readonly turns: readonly TurnCommit[];
  /** A request without a socket and without a token. */
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** A request of the page, with the token of a reader or another one. */
  ask(
    url: string,
    options?: InjectOptions & { readonly token?: string },
  ): Promise<LightMyRequestResponse>;
  stop(): Promise<void>;
}

export async function inspectorWorld(options: InspectorOptions = {}): Promise<InspectorWorld> {
  const config = parseExchangeConfig(maintenanceText, {
    file: 'maintenance.json',
    env: {},
    sections,
  });
  const sources = [...packageServices('objects', 'tags'), maintenance];
  const gathered = await gatheredServices(
    new Map(sources.map((source, index) => [`${index}`, source])),
  );
  const watch = new InspectorWatch(systemClock, systemIds(systemClock));
  const services = deployedServices([config], gathered.services);
  const log = () => undefined;
  const turns: TurnCommit[] = [];
  const { onTurns, onHistory } = watch.listeners;
  const opening = {
    databaseUrl: 'memory://',
    log,
    onHistory,
    onTurns: (committed: readonly TurnCommit[]) => {
      turns.push(...committed);
      onTurns(committed);
    },
  };
  const deployment = await openServices(services, gathered.late, opening);
  await deployment.start();
  const settings = inspectorSettings({
    readers: { rosa: { sha256: tokenHash(readerToken) } },
    operators: { ivanova: { sha256: tokenHash(operatorToken) } },
    ...options,
  });
  const app = inspectorApp({ deployment, watch, settings, visitors: visitorsOf(settings), log });
  const client = await deployment.client('test');
  const inject = (request: InjectOptions) => app.inject(request);
  return {
    deployment,
    client,
    turns,
    inject,
    ask: (path, { token = readerToken, headers, ...rest } = {}) =>
      inject({
        url: `/inspector/api/${path}`,
        headers: { host: '127.0.0.1:80', authorization: `Bearer ${token}`, ...headers },
        ...rest,
      }),
    stop: async () => {
      await app.close();
      await client.close();
      await deployment.stop();
    },
  };
}
