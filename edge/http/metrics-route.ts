/** `GET /metrics`: the metrics of the process, for a scraper. */
import type { FastifyInstance } from 'fastify';

export const metricsPath = '/metrics';

/** A text and its media type. Rejects if a database cannot be read. */
export type ReadMetrics = () => Promise<{ readonly contentType: string; readonly text: string }>;

/**
 * Adds the route under the prefix of `app`. The route is for scrapers and no part of the API, so
 * `/openapi.json` does not have the route.
 */
export async function metricsRoute(
  app: FastifyInstance,
  { readMetrics }: { readonly readMetrics: ReadMetrics },
): Promise<void> {
  app.get(metricsPath, async (_request, reply) => {
    const { contentType, text } = await readMetrics();
    return reply.header('content-type', contentType).send(text);
  });
}
