/**
 * A span for each request, by the conventions of OpenTelemetry for HTTP servers. The messages of the
 * request follow from the span.
 *
 * - Not told: health, metrics and documents, which are asked for all the time; the query of a
 *   request, which may have secrets.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Tracer, traceContextIn } from '../../runtime/ports/tracing.ts';
import { metricsPath } from './metrics-route.ts';

/** Adds the hooks to the routes of `app`. */
export function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  app.addHook('onRequest', async (request) => {
    if (isTold(request)) request.unanimousSpan = tracer.start(spanOf(request));
  });
  app.addHook('onError', async ({ unanimousSpan: span }, _reply, { code = 'error' }) => {
    span?.set({ 'error.type': code });
  });
  app.addHook('onResponse', async ({ unanimousSpan: span }, { statusCode }) => {
    span?.set({ 'http.response.status_code': statusCode });
    span?.end(statusCode >= 500 ? `status ${statusCode}` : undefined);
  });
}

function isTold({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.isPublic !== true && routeOptions.url?.endsWith(metricsPath) !== true;
}

function spanOf({ method, routeOptions, headers, protocol, hostname, url }: FastifyRequest) {
  const route = routeOptions.url ?? '';
  return {
    name: `${method} ${route}`,
    kind: 'server',
    parent: traceContextIn(headers),
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'url.scheme': protocol,
      'url.path': url.split('?')[0] ?? '',
      'server.address': hostname,
    },
  } as const;
}
