/**
 * A host: a process that runs services for the demo. The host does what the process that started it
 * asks over Node's IPC channel, and ends with the channel.
 *
 * - own-environment: the configs are the package's files, or those of the folder in the `start`
 *   request, read with the environment of the request and no other.
 * - committed: history lines are reported after their commit.
 * - sudden: at its kill point the host ends with SIGKILL; no code runs after the kill point, not
 *   even a flush.
 */
import { sections } from '../../actors/catalog.ts';
import { loadExchangeConfigs } from '../../composition/exchange-configs.ts';
import { type Deployment, openDeployment } from '../../composition/open-deployment.ts';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { httpSettings } from '../../config/http-settings.ts';
import { entityOf } from '../../config/load.ts';
import { entitiesOf, recordServicesOf } from '../../edge/http/entities.ts';
import type { Client } from '../../runtime/client.ts';
import { errorText } from '../../runtime/ports/errors.ts';
import type { FailpointDetail, Failpoints } from '../../runtime/ports/failpoints.ts';
import type {
  HostAnswers,
  HostedServices,
  HostMessage,
  HostRequest,
  KillPoint,
  NumberedRequest,
  RequestKind,
  ServiceEntry,
  StartedHost,
} from './host-messages.ts';
import { shopConfigPaths } from './shop-services.ts';

interface Running {
  readonly deployment: Deployment;
  readonly client: Client;
}

/** The state that the failpoint `turn.committed` reports of a saga that has just decided. */
const decidedState = JSON.stringify('cleaning');

let killPoint: KillPoint | null = null;
let reached = 0;
let running: Running | undefined;

const failpoints: Failpoints = {
  reach(name, detail) {
    reached += 1;
    if (killPoint === null) return;
    const isHere =
      killPoint.kind === 'failpoint'
        ? reached === killPoint.n
        : name === 'turn.committed' && hasDecided(killPoint.service, detail);
    if (isHere) process.kill(process.pid, 'SIGKILL');
  },
};

function hasDecided(service: string, { addresses = [], states = [] }: FailpointDetail = {}) {
  return addresses.some(
    (address, index) =>
      address.service === service &&
      address.machine === 'delete-saga' &&
      states[index] === decidedState,
  );
}

async function start(hosted: HostedServices): Promise<StartedHost> {
  const { services, env, databaseUrl, leaseMs, http = false, configs: folder } = hosted;
  const configs = loadExchangeConfigs(shopConfigPaths(folder), { env, sections });
  const deployment = await openDeployment({
    configs: configs.filter(({ svcName }) => services?.includes(svcName) ?? true),
    failpoints,
    onHistory: (lines) => send({ kind: 'history', lines }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
  await deployment.start();
  running = { deployment, client: await deployment.client('demo') };
  const entries = configs.map(entryOf);
  return http ? { entries, url: await serveHttp(deployment) } : { entries };
}

/** HTTP ends with the process. Fastify is loaded only here. */
async function serveHttp(deployment: Deployment): Promise<string> {
  const { openHttpServer } = await import('../../edge/http/server.ts');
  return (await openHttpServer(deployment, httpSettings({}), () => undefined)).url;
}

function entryOf(config: ExchangeConfig): ServiceEntry {
  const { svcName, consume, hierarchy } = config;
  const main = consume['main'];
  const [served] = [
    ...entitiesOf([config]),
    ...recordServicesOf([config], 'cards'),
    ...recordServicesOf([config], 'transactions'),
  ];
  const entry = {
    service: svcName,
    exchange: main?.exchange ?? '',
    routingKey: main?.routingKeys[0] ?? '',
    ...(served === undefined ? {} : { path: `${served.apiVersion}/${served.name}` }),
  };
  if (hierarchy === undefined) return entry;
  return {
    ...entry,
    nodes: { objectClass: hierarchy.class, entity: entityOf(svcName) ?? svcName },
  };
}

async function stop(): Promise<null> {
  await running?.client.close();
  await running?.deployment.stop();
  return null;
}

function startedServices(): Running {
  if (running === undefined) throw new Error('no services are running yet');
  return running;
}

/** Sets the kill point and counts failpoints from 0 again. Returns the previous count. */
function setKillPoint(point: KillPoint | null): number {
  const before = reached;
  killPoint = point;
  reached = 0;
  return before;
}

async function answerTo(request: HostRequest): Promise<HostAnswers[RequestKind]> {
  switch (request.kind) {
    case 'start':
      return start(request.hosted);
    case 'send': {
      const { exchange, routingKey, action, data } = request;
      return startedServices().client.request({ exchange, routingKey }, { action, data });
    }
    case 'history':
      return startedServices().deployment.history(request.topic);
    case 'counts':
      return startedServices().deployment.counts();
    case 'kill-at':
      return setKillPoint(request.point);
    case 'stop':
      return stop();
    default:
      return request satisfies never;
  }
}

async function take({ number, request }: NumberedRequest): Promise<void> {
  try {
    send({ kind: 'answer', number, answer: await answerTo(request) });
  } catch (error) {
    const message = errorText(error);
    send({ kind: 'failure', number, message });
  }
}

function send(message: HostMessage): void {
  if (process.connected) process.send?.(message);
}

process.on('message', (message) => void take(message as NumberedRequest));
process.on('disconnect', () => process.exit());
send({ kind: 'loaded' });
