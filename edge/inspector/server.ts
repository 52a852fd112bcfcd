/**
 * The inspector: a page about the services of the process, and the API that the page reads.
 *
 * Boundary: the inspector reads through the deployment and its ports, and acts by the messages and
 * functions of the commands. The inspector has no rules of its own.
 */
import Fastify, { type FastifyInstance } from 'fastify';
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import type { InspectorSettings } from '../../config/exchange-config.ts';
import { Broken, errorText } from '../../runtime/ports/errors.ts';
import type { Log } from '../../runtime/ports/log.ts';
import { limitRequests } from '../http/admission.ts';
import { answerBrokenRequest } from '../http/broken-request.ts';
import { sendNotFound, sendThrown } from '../http/unanimous-routes.ts';
import { admitVisitors, refuseForeignPages, type Visitors } from './access.ts';
import { actorRoutes } from './actor-routes.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { pageFiles, safeHeaders } from './page-files.ts';
import { sagaRoutes } from './saga-routes.ts';
import { treeRoutes } from './tree-routes.ts';
import type { InspectorWatch } from './watch.ts';

export type InspectedDeployment = Pick<
  OpenDeployment,
  | 'client'
  | 'configs'
  | 'counts'
  | 'deadLetters'
  | 'history'
  | 'journals'
  | 'sagas'
  | 'services'
  | 'why'
>;

export interface InspectorOptions {
  /** A deployment that has started. */
  readonly deployment: InspectedDeployment;
  /** What the deployment reports of its turns and its history. */
  readonly watch: InspectorWatch;
  readonly settings: InspectorSettings;
  readonly visitors: Visitors;
  readonly log: Log;
}

/** An inspector that listens. */
export interface Inspector {
  /** Of the page. */
  readonly url: string;
  close(): Promise<void>;
}

const requestTimeoutMs = 30_000;
const checkingMs = 1_000;
/** Every open page has one stream. */
const requestsMax = 200;
/** A path may have an identity of 200 bytes, each of them escaped. */
const maxParamLength = 600;

/** The server before it listens. */
export function inspectorApp(options: InspectorOptions): FastifyInstance {
  const { deployment, watch, settings, visitors, log } = options;
  watch.traffic.know(deployment.configs);
  const app = Fastify({
    requestTimeout: requestTimeoutMs,
    http: { connectionsCheckingInterval: checkingMs },
    clientErrorHandler: answerBrokenRequest,
    routerOptions: { maxParamLength },
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => void sendThrown(reply, error, request, log),
  });
  app.setNotFoundHandler(sendNotFound);
  app.setErrorHandler((error, request, reply) => sendThrown(reply, error, request, log));
  app.addHook('onRequest', async (_request, reply) => void reply.headers(safeHeaders));
  limitRequests(app, requestsMax);
  refuseForeignPages(app, settings.names);
  pageFiles(app);
  void app.register(
    async (api) => {
      admitVisitors(api, visitors);
      api.addHook(
        'onRequest',
        async (_request, reply) => void reply.header('cache-control', 'no-store'),
      );
      await api.register(overviewRoutes, { deployment, watch });
      const { deadLetters } = deployment;
      await api.register(actorRoutes, { deployment, watch, prefix: '/actors' });
      await api.register(treeRoutes, { deployment });
      await api.register(sagaRoutes, { deployment, clock: watch.clock, prefix: '/sagas' });
      await api.register(deadLetterRoutes, { deadLetters, prefix: '/dead-letters' });
    },
    { prefix: '/inspector/api' },
  );
  return app;
}

/** Rejects with `Broken('config-invalid')` if the port cannot be had or the page is not built. */
export async function openInspector(options: InspectorOptions): Promise<Inspector> {
  const { host, port } = options.settings;
  const app = inspectorApp(options);
  try {
    const url = await app.listen({ host, port });
    return { url: `${url}/inspector/`, close: () => app.close() };
  } catch (error) {
    await app.close();
    const message = `the inspector cannot listen on ${host}, port ${port}: ${errorText(error)}`;
    throw new Broken('config-invalid', message, { cause: error });
  }
}
