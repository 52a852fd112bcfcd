import express, { type Express } from 'express';
import Fastify from 'fastify';
import type { Deployment } from '../../deployment.ts';
import { unanimousRoutes } from '../../http.ts';

/**
 * The routes of a deployment that has started, under `/api`, in an app of Express. The app closes
 * the routes when its own server has closed.
 */
export async function shopApp(
  deployment: Deployment,
): Promise<{ readonly app: Express; closeRoutes(): Promise<void> }> {
  const routes = Fastify({ routerOptions: { maxParamLength: 600 } });
  routes.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  await routes.register(unanimousRoutes, { deployment, prefix: '/api' });
  await routes.ready();
  const app = express();
  app.use((request, response, next) => {
    if (request.path.startsWith('/api/')) routes.routing(request, response);
    else next();
  });
  // Behind the routes of the deployment, which read their bodies themselves.
  app.use(express.json());
  app.get('/', (_request, response) => void response.send('the shop'));
  app.post('/orders', (request, response) => void response.json({ ordered: request.body.part }));
  return { app, closeRoutes: () => routes.close() };
}
