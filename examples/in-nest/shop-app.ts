import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Deployment } from '../../deployment.ts';
import { unanimousRoutes } from '../../http.ts';
import { ShopModule } from './shop-module.ts';

/** An app of NestJS with the routes of a deployment that has started, under `/api`. */
export async function shopApp(deployment: Deployment): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 600 } });
  const app = await NestFactory.create<NestFastifyApplication>(ShopModule, adapter, {
    logger: ['error', 'warn'],
  });
  await app.register(unanimousRoutes, { deployment, prefix: '/api' });
  return app;
}
