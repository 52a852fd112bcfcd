/** The HTTP server of the command: the routes of a deployment on a socket. */
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { HttpSettings } from '../../config/exchange-config.ts';
import { Broken, errorText } from '../../runtime/ports/errors.ts';
import type { Log } from '../../runtime/ports/log.ts';
import { limitRequests } from './admission.ts';
import { callersOf } from './bearer-tokens.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { foreignPages } from './browser-guard.ts';
import type { ReadMetrics } from './metrics-route.ts';
import { type Served, sendNotFound, sendThrown, unanimousRoutes } from './unanimous-routes.ts';

/** A server that listens. */
export interface HttpServer {
  readonly url: string;
  /** Resolves when the requests under way are answered. */
  close(): Promise<void>;
}

/** For a client to send a whole request. */
const requestTimeoutMs = 30_000;
/** Between two looks for requests that take longer. */
const checkingMs = 1_000;
const corsMaxAgeS = 600;
/** A path may have an identity of 200 bytes, each of them escaped. */
const maxParamLength = 600;

/** The server before it listens. Throws `Broken('config-invalid')` for a wrong file of keys. */
export function httpApp(
  deployment: Served,
  settings: HttpSettings,
  log: Log,
  readMetrics?: ReadMetrics,
): FastifyInstance {
  const { waitMs, requestsMax, corsOrigins } = settings;
  const callerOf = callersOf(settings);
  const app = Fastify({
    pluginTimeout: 0,
    requestTimeout: requestTimeoutMs,
    http: { connectionsCheckingInterval: checkingMs },
    clientErrorHandler: answerBrokenRequest,
    routerOptions: { maxParamLength },
    frameworkErrors: (error, request, reply) => void sendThrown(reply, error, request, log),
  });
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.setNotFoundHandler(sendNotFound);
  app.setErrorHandler((error, request, reply) => sendThrown(reply, error, request, log));
  endConnectionsAtStop(app);
  limitRequests(app, requestsMax);
  if (callerOf === undefined) app.addHook('onRequest', foreignPages(corsOrigins));
  if (corsOrigins.length > 0) void app.register(cors, corsOptions(corsOrigins));
  const callers =
    callerOf === undefined
      ? {}
      : { callerOf: ({ headers }: FastifyRequest) => callerOf(headers.authorization) };
  void app.register(unanimousRoutes, { deployment, waitMs, log, readMetrics, ...callers });
  return app;
}

/** A connection that is kept alive would keep the server from its end. */
function endConnectionsAtStop(app: FastifyInstance): void {
  let isStopping = false;
  app.addHook('preClose', async () => {
    isStopping = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isStopping) void reply.header('connection', 'close');
  });
}

function corsOptions(origin: readonly string[]): FastifyCorsOptions {
  return {
    origin: [...origin],
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'last-event-id',
      'prefer',
    ],
    exposedHeaders: ['etag', 'location', 'retry-after'],
    maxAge: corsMaxAgeS,
  };
}

/** Rejects with `Broken('config-invalid')` if the port cannot be had. */
export async function openHttpServer(
  deployment: Served,
  settings: HttpSettings,
  log: Log,
  readMetrics?: ReadMetrics,
): Promise<HttpServer> {
  const { host, port } = settings;
  const app = httpApp(deployment, settings, log, readMetrics);
  try {
    await app.ready();
    return { url: await app.listen({ host, port }), close: () => app.close() };
  } catch (error) {
    await app.close();
    const message = `HTTP cannot listen on ${host}, port ${port}: ${errorText(error)}; another place: http.host and http.port, HTTP__HOST and HTTP__PORT in the environment`;
    throw new Broken('config-invalid', message, { at: '/http/port', cause: error });
  }
}
