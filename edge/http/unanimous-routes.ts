/**
 * The Fastify plugin with all routes of a deployment, for the server of the package and for a server
 * of somebody's own: `app.register(unanimousRoutes, { deployment })`.
 *
 * - encapsulated: parsers, error handlers and hooks of the plugin concern only its own routes.
 * - client: the plugin opens a client of the deployment and closes the client with the server.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Deployment } from '../../composition/open-deployment.ts';
import { httpDefaults } from '../../config/http-schema.ts';
import { type Clock, systemClock } from '../../runtime/ports/clock.ts';
import { errorText } from '../../runtime/ports/errors.ts';
import { systemIds } from '../../runtime/ports/ids.ts';
import { type Log, warningsToStderr } from '../../runtime/ports/log.ts';
import type { Tracer } from '../../runtime/ports/tracing.ts';
import type { Caller } from './caller.ts';
import { type Entity, entitiesOf, recordServicesOf } from './entities.ts';
import { entityRoutes } from './entity-routes.ts';
import type { HttpClient } from './exchange.ts';
import { healthRoutes } from './health-routes.ts';
import { sender } from './idempotency.ts';
import { takeNoBody } from './input.ts';
import { metricsRoute, type ReadMetrics } from './metrics-route.ts';
import { openapiRoutes } from './openapi-routes.ts';
import { otherMethods } from './other-methods.ts';
import { planRoutes } from './plan-routes.ts';
import { plainProblem, thrownProblem } from './problem.ts';
import { recordRoutes } from './record-routes.ts';
import { traceRequests } from './request-spans.ts';
import { sagaRoutes } from './saga-routes.ts';
import { sendProblem } from './send-problem.ts';
import type { ServedService } from './straight-reads.ts';

/** Time for the requests that are under way when the server is told to stop. */
const drainMs = 5_000;

/** The part of a deployment that HTTP needs. */
export type Served = Pick<Deployment, 'configs' | 'history' | 'sagas' | 'sagaOf' | 'sagaRecord'> & {
  /** Default: none is known, and every request goes through its gateway. */
  readonly services?: readonly ServedService[];
  readonly tracer?: Tracer | undefined;
  client(name: string): Promise<HttpClient>;
};

/** Options of the plugin. */
export interface UnanimousRoutesOptions {
  /** A deployment that has started. */
  readonly deployment: Served;
  /**
   * The caller of a request, which goes along with the message. Rejects with an error that has
   * `statusCode` for a request that is not let in. Default: no caller.
   */
  readonly callerOf?: (request: FastifyRequest) => Promise<Caller>;
  /** The wait of a request without the header `Prefer`, milliseconds. Default 10 000. */
  readonly waitMs?: number;
  /** Default: warnings and errors on standard error. */
  readonly log?: Log;
  /** Answers `GET /metrics`. Default: no such route. */
  readonly readMetrics?: ReadMetrics | undefined;
}

/**
 * All routes of the deployment, under the prefix of the plugin. The server listens only when the
 * broker of the deployment is reached.
 */
export async function unanimousRoutes(
  app: FastifyInstance,
  {
    deployment,
    callerOf,
    waitMs = httpDefaults.wait_ms,
    log = warningsToStderr,
    readMetrics,
  }: UnanimousRoutesOptions,
): Promise<void> {
  const clock = systemClock;
  const client = await deployment.client(sender);
  closeWithApp(app, client, clock);
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendThrown(reply, error, request, log),
  );
  app.removeAllContentTypeParsers();
  takeNoBody(app);
  app.decorateRequest('unanimousCaller', null);
  app.addHook('onRequest', async (request) => {
    if (callerOf === undefined || request.routeOptions.config.isPublic === true) return;
    request.unanimousCaller = await callerOf(request);
  });
  app.decorateRequest('unanimousSpan', null);
  if (deployment.tracer !== undefined) traceRequests(app, deployment.tracer);
  const refuseOtherMethods = otherMethods(app);
  openapiRoutes(app);
  const sagasPath = `${app.prefix}/v1/sagas`;
  const entities = entitiesOf(deployment.configs, deployment.services);
  const shared = { client, ids: systemIds(clock), waitMs, sagasPath };
  for (const entity of entities)
    await app.register(entityRoutes, { ...shared, entity, prefix: pathOf(entity) });
  for (const kind of ['cards', 'transactions'] as const)
    for (const entity of recordServicesOf(deployment.configs, kind))
      await app.register(recordRoutes, { ...shared, entity, kind, prefix: pathOf(entity) });
  await app.register(planRoutes, { ...shared, entities, prefix: '/v1/plans' });
  await app.register(sagaRoutes, { deployment, clock, prefix: '/v1/sagas' });
  await app.register(healthRoutes, { deployment, client, clock });
  if (readMetrics !== undefined) await app.register(metricsRoute, { readMetrics });
  refuseOtherMethods();
}

function pathOf({ apiVersion, name }: Entity): string {
  return `${apiVersion}/${name}`;
}

/**
 * Closes the client after the requests under way, or `drainMs` after the beginning of the end: then
 * the requests that still wait are answered 503.
 */
function closeWithApp(app: FastifyInstance, client: HttpClient, clock: Clock): void {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= client.close();
    return closing;
  };
  app.addHook('preClose', async () => {
    const cancel = clock.after(drainMs, () => void close().catch(() => undefined), 'background');
    app.server.once('close', cancel);
  });
  app.addHook('onClose', close);
}

/** Answers a request that ended in an error. */
export function sendThrown(
  reply: FastifyReply,
  error: unknown,
  { method, url }: FastifyRequest,
  log: Log,
): FastifyReply {
  const known = thrownProblem(error);
  const problem = known ?? plainProblem(500, 'the request could not be handled');
  if (problem.status >= 500)
    log('warn', 'an HTTP request failed', { method, url, error: errorText(error) });
  return sendProblem(reply, problem);
}

export function sendNotFound({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(
    reply,
    plainProblem(404, `no route takes ${method} ${url}; GET /openapi.json lists the routes`),
  );
}
