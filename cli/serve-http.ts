/** HTTP of `up` and `start`. Fastify and the client of Prometheus are loaded only here. */
import type { OpenDeployment } from '../composition/open-deployment.ts';
import type { HttpSettings } from '../config/exchange-config.ts';
import { openHttpServer } from '../edge/http/server.ts';
import { DeploymentMetrics } from '../edge/metrics/deployment-metrics.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import type { Log } from '../runtime/ports/log.ts';
import { print } from './print.ts';

/** Made before the deployment, which tells of turns and history. */
export function deploymentMetrics(): DeploymentMetrics {
  return new DeploymentMetrics(systemClock);
}

/** Prints the URL. Resolves with the function that closes the server. */
export async function serveHttp(
  deployment: OpenDeployment,
  metrics: DeploymentMetrics,
  settings: HttpSettings,
  log: Log,
): Promise<() => Promise<void>> {
  const readMetrics = () => metrics.exposition(deployment);
  const { url, close } = await openHttpServer(deployment, settings, log, readMetrics);
  print(`http: ${url}`);
  return close;
}
