/**
 * Forced connection closes, broker restarts and a memory alarm under load, through a real service with a durable journal.
 *
 * Job: sender → service → collector over a RabbitMQ node of the campaign's own, each behind a relay that can be cut; at the end the books.
 * 1. The load is closed: a message that is lost, or a state that changed twice, shows in the report and cannot hide behind others.
 * 2. Restarts take turns: SIGKILL, SIGTERM, and the broker's application alone. The seed says which of them is first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime } from '../../../../composition/create-runtime.ts';
import type { Client } from '../../../../runtime/client.ts';
import type { Chance } from '../../../../runtime/ports/chance.ts';
import { openDatabase } from '../../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../../runtime/postgres/sql-journal.ts';
import { seededChance } from '../../../../runtime/simulated/seeded-chance.ts';
import { RabbitmqTransport } from '../../../../transports/rabbitmq/rabbitmq-transport.ts';
import { type PrivateRabbitmq, startPrivateRabbitmq } from '../../../support/private-rabbitmq.ts';
import { quickOptions } from '../rabbitmq-harness.ts';
import { TcpProxy } from '../tcp-proxy.ts';
import { accountNames, accountService, factsTopology, toAccounts } from './account-service.ts';
import { CountingTransport, MessageCounts } from './counting-transport.ts';
import { Traffic } from './traffic.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly closes: number;
  readonly restarts: number;
  readonly onProgress?: (text: string) => void;
}

export interface CampaignReport {
  readonly seed: number;
  readonly closes: number;
  readonly restarts: number;
  /** Different messages, of the sender and of the service. */
  readonly published: number;
  readonly attempted: number;
  readonly confirmed: number;
  readonly delivered: number;
  readonly duplicated: number;
  readonly lost: number;
  readonly stateChanges: number;
  readonly lostStateChanges: number;
  readonly doubledStateChanges: number;
  readonly reconnects: number;
  /** Messages confirmed to a publisher after the alarm had reached it. */
  readonly confirmedWhileBlocked: number;
  readonly durationMs: number;
}

const senders = 12;
/** Messages done between two closes, so that each hits a connection at work. */
const betweenCloses = 4;
const restartKinds = ['kill', 'stop', 'application'] as const;

class Stage {
  readonly counts = new MessageCounts();
  readonly relays: TcpProxy[] = [];
  readonly transports: RabbitmqTransport[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'unanimous-campaign-'));
  readonly node: PrivateRabbitmq;
  reconnects = 0;
  blocked = 0;

  constructor(node: PrivateRabbitmq) {
    this.node = node;
  }

  /** A transport to the node through a relay of its own. */
  async transport(): Promise<CountingTransport> {
    const relay = new TcpProxy({ host: '127.0.0.1', port: this.node.port });
    const url = this.node.url.replace(`:${this.node.port}`, `:${await relay.start()}`);
    const transport = new RabbitmqTransport({
      ...quickOptions,
      urls: [url],
      log: (_level, text) => this.#note(text),
    });
    this.relays.push(relay);
    this.transports.push(transport);
    return new CountingTransport(transport, this.counts);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.close()));
    await Promise.all(this.relays.map((relay) => relay.stop()));
    rmSync(this.folder, { recursive: true, force: true });
    await this.node.remove();
  }

  #note(text: string): void {
    if (text === 'connected to the broker again') this.reconnects += 1;
    if (text === 'the broker has blocked publishing') this.blocked += 1;
  }
}

async function restart(node: PrivateRabbitmq, kind: (typeof restartKinds)[number]): Promise<void> {
  if (kind === 'application') {
    await node.control('stop_app');
    await node.control('start_app');
    return;
  }
  await node[kind]();
  await node.start();
}

async function disturb(
  stage: Stage,
  traffic: Traffic,
  options: CampaignOptions,
  chance: Chance,
): Promise<void> {
  const { seed, closes, restarts, onProgress = () => undefined } = options;
  const isDue = (close: number, restarted: number) =>
    restarted < restarts && close + 1 >= ((restarted + 1) * closes) / (restarts + 1);
  for (let [close, restarted] = [0, 0]; close < closes; close += 1) {
    await traffic.further(betweenCloses);
    stage.relays[Math.floor(chance() * stage.relays.length)]?.cut();
    if (!isDue(close, restarted)) continue;
    const kind = restartKinds[(seed + restarted) % restartKinds.length] ?? 'kill';
    onProgress(`${close + 1} closes, restart ${restarted + 1}: ${kind}`);
    await restart(stage.node, kind);
    restarted += 1;
  }
  await traffic.further(betweenCloses);
}

/** A publisher learns of the alarm when it publishes; then it pauses until the alarm is over. */
async function raiseAlarm(stage: Stage, traffic: Traffic): Promise<number> {
  await stage.node.alarm(true);
  while (stage.blocked === 0) await new Promise((resolve) => setImmediate(resolve));
  // A command takes a second or two: long for a publisher that would not pause.
  await stage.node.control('list_connections');
  const before = stage.counts.confirmed;
  await stage.node.control('list_connections');
  const confirmed = stage.counts.confirmed - before;
  await stage.node.alarm(false);
  await traffic.further(senders);
  return confirmed;
}

async function totalOf(client: Client): Promise<number> {
  const answers = await Promise.all(
    accountNames.map((account) =>
      client.request(toAccounts, { action: 'total', data: { account } }),
    ),
  );
  return answers.reduce<number>((total, answer) => total + (answer as { count: number }).count, 0);
}

export async function recoveryCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const startedMs = performance.now();
  const stage = new Stage(await startPrivateRabbitmq());
  try {
    return await play(stage, options, startedMs);
  } finally {
    await stage.dispose();
  }
}

async function play(
  stage: Stage,
  options: CampaignOptions,
  startedMs: number,
): Promise<CampaignReport> {
  const { counts } = stage;
  const database = await openDatabase(`pglite://${join(stage.folder, 'journal')}`, { stores: [] });
  const [service, sender, collector] = [
    await stage.transport(),
    await stage.transport(),
    await stage.transport(),
  ];
  // The runtime takes the first, its client the one straight to the node.
  const direct = new RabbitmqTransport({ ...quickOptions, urls: [stage.node.url] });
  const given = [service, new CountingTransport(direct, counts)];
  const running = createRuntime({
    services: [accountService()],
    journal: new SqlJournal({ database }),
    transports: () => given.shift() ?? direct,
  });
  await running.start();
  await collector.open(factsTopology);
  await sender.open({ exchanges: [], queues: [], bindings: [] });
  const traffic = new Traffic(sender);
  await traffic.start(collector, senders);
  await disturb(stage, traffic, options, seededChance(options.seed));
  const confirmedWhileBlocked = await raiseAlarm(stage, traffic);
  await traffic.stop();
  const client = await running.client('bookkeeper');
  const stateChanges = await totalOf(client);
  await client.close();
  await running.stop();
  return {
    ...{ seed: options.seed, closes: options.closes, restarts: options.restarts },
    ...{
      published: counts.published.size,
      attempted: counts.attempted,
      confirmed: counts.confirmed,
      delivered: counts.delivered,
    },
    ...{ duplicated: counts.delivered - counts.deliveries.size, lost: counts.lost },
    ...{ stateChanges, lostStateChanges: Math.max(0, traffic.sent - stateChanges) },
    doubledStateChanges: Math.max(traffic.doubled, stateChanges - traffic.sent),
    ...{
      reconnects: stage.reconnects,
      confirmedWhileBlocked,
      durationMs: Math.round(performance.now() - startedMs),
    },
  };
}

/** Every message confirmed exactly once and delivered, every state change made once, and nothing published against the alarm. */
export function isFaultless(report: CampaignReport): boolean {
  const {
    published,
    confirmed,
    lost,
    lostStateChanges,
    doubledStateChanges,
    confirmedWhileBlocked,
  } = report;
  return (
    confirmed === published &&
    [lost, lostStateChanges, doubledStateChanges, confirmedWhileBlocked].every(
      (count) => count === 0,
    )
  );
}
