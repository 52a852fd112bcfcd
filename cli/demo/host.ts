/**
 * A process that hosts services for the demo. It does what it is told over Node's channel, and ends when that is closed.
 *
 * 1. Its configs are the package's own files with the environment it is given.
 * 2. History is told once it is committed.
 * 3. Where it is told to die it ends itself with SIGKILL: nothing after that point is done, not even a flush.
 */
import { sections } from '../../actors/catalog.ts';
import { type Deployment, openDeployment } from '../../composition/open-deployment.ts';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { loadExchangeConfigs, serviceConfigPaths } from '../../config/load.ts';
import type { Client } from '../../runtime/client.ts';
import type { Failpoints } from '../../runtime/ports/failpoints.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type {
  DeathSpot,
  HostedServices,
  HostNews,
  HostQuestion,
  NumberedQuestion,
  ServiceEntry,
} from './host-messages.ts';

interface Hosting {
  readonly deployment: Deployment;
  readonly client: Client;
}

/** As `turn.committed` reports the state of a saga that has just decided. */
const decided = JSON.stringify('cleaning');

let deathSpot: DeathSpot | null = null;
let reached = 0;
let hosting: Hosting | undefined;

function tell(news: HostNews): void {
  if (process.connected) process.send?.(news);
}

const failpoints: Failpoints = {
  reach(name, detail) {
    reached += 1;
    if (deathSpot?.kind === 'failpoint' && reached === deathSpot.n) die();
    if (deathSpot?.kind !== 'decision' || name !== 'turn.committed') return;
    const { service } = deathSpot;
    const sagas =
      detail?.addresses?.map(
        (address) => address.service === service && address.machine === 'delete-saga',
      ) ?? [];
    if (sagas.some((isOne, index) => isOne && detail?.states?.[index] === decided)) die();
  },
};

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function entryOf({ svcName, consume, hierarchy }: ExchangeConfig): ServiceEntry {
  const main = consume['main'];
  const nodes =
    hierarchy === undefined
      ? {}
      : { nodes: { objectClass: hierarchy.class, entity: hierarchy.node } };
  return {
    service: svcName,
    exchange: main?.exchange ?? '',
    routingKey: main?.routingKeys[0] ?? '',
    ...nodes,
  };
}

async function start({ services, env, databaseUrl, leaseMs }: HostedServices): Promise<Json> {
  const all = loadExchangeConfigs(serviceConfigPaths(), { env, sections });
  const deployment = await openDeployment({
    configs: all.filter(({ svcName }) => services?.includes(svcName) ?? true),
    failpoints,
    onHistory: (lines) => tell({ kind: 'history', lines }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
  await deployment.start();
  hosting = { deployment, client: await deployment.client('demo') };
  return all.map(entryOf) as unknown as Json;
}

function startedHosting(): Hosting {
  if (hosting === undefined) throw new Error('nothing is hosted yet');
  return hosting;
}

async function stop(): Promise<Json> {
  await hosting?.client.close();
  await hosting?.deployment.stop();
  return null;
}

async function answerTo(question: HostQuestion): Promise<Json> {
  switch (question.kind) {
    case 'start':
      return start(question.hosted);
    case 'request': {
      const { exchange, routingKey, action, data } = question;
      return startedHosting().client.request({ exchange, routingKey }, { action, data });
    }
    case 'history':
      return (await startedHosting().deployment.history(question.topic)) as unknown as Json;
    case 'counts':
      return startedHosting().deployment.counts();
    case 'die': {
      const before = reached;
      deathSpot = question.at;
      reached = 0;
      return before;
    }
    case 'stop':
      return stop();
  }
}

async function take({ number, question }: NumberedQuestion): Promise<void> {
  try {
    tell({ kind: 'answer', number, answer: await answerTo(question) });
  } catch (error) {
    tell({
      kind: 'failure',
      number,
      message: error instanceof Error ? error.message : String(error),
    });
  }
}

process.on('message', (message) => void take(message as NumberedQuestion));
process.on('disconnect', () => process.exit());
tell({ kind: 'loaded' });
