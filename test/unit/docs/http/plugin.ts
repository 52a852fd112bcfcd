import Fastify, { type FastifyInstance } from 'fastify';
import type { Deployment } from '../../../../deployment.ts';
import { unanimousRoutes } from '../../../../http.ts';

/** The routes of a deployment that has started, under `/api`, beside a route of one's own. */
export async function appOf(deployment: Deployment): Promise<FastifyInstance> {
  const app = Fastify({ routerOptions: { maxParamLength: 600 } });
  app.get('/', async () => 'the shop');
  await app.register(unanimousRoutes, { deployment, prefix: '/api' });
  return app;
}
