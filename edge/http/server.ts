/** The HTTP server of the command: the routes of a deployment on a socket. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { Deployment } from '../../composition/open-deployment.ts';
import type { HttpSettings } from '../../config/exchange-config.ts';
import { Broken, errorText } from '../../runtime/ports/errors.ts';
import type { Log } from '../../runtime/ports/log.ts';
import { foreignPageProblem } from './browser-guard.ts';
import { sendNotFound, sendProblem, sendThrown, unanimousRoutes } from './unanimous-routes.ts';

/** A server that listens. */
export interface HttpServer {
  readonly url: string;
  /** Resolves when the requests under way are answered. */
  close(): Promise<void>;
}

/** A path may have an identity of 200 bytes, each of them escaped. */
const maxParamLength = 600;

/** The server before it listens. */
export function httpApp(
  deployment: Deployment,
  { waitMs }: Pick<HttpSettings, 'waitMs'>,
  log: Log,
): FastifyInstance {
  const app = Fastify({
    pluginTimeout: 0,
    routerOptions: { maxParamLength },
    frameworkErrors: (error, request, reply) => void sendThrown(reply, error, request, log),
  });
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.setNotFoundHandler(sendNotFound);
  app.addHook('onRequest', async (request, reply) => {
    const problem = foreignPageProblem(request);
    return problem === undefined ? undefined : sendProblem(reply, problem);
  });
  void app.register(unanimousRoutes, { deployment, waitMs, log });
  return app;
}

/** Rejects with `Broken('config-invalid')` if the port cannot be had. */
export async function openHttpServer(
  deployment: Deployment,
  settings: HttpSettings,
  log: Log,
): Promise<HttpServer> {
  const app = httpApp(deployment, settings, log);
  const { host, port } = settings;
  try {
    await app.ready();
    return { url: await app.listen({ host, port }), close: () => app.close() };
  } catch (error) {
    await app.close();
    const message = `HTTP cannot listen on ${host}, port ${port}: ${errorText(error)}`;
    throw new Broken('config-invalid', message, { cause: error });
  }
}
