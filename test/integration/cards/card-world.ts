/**
 * Cards, transactions and file remover as they run: their own config files, the real runtime, the memory broker, memory journals and
 * files in a temporary folder. The two that keep cards and transactions have a journal each, as two databases.
 */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MemoryCardsStore } from '../../../actors/cards/memory-store.ts';
import { cardsSection } from '../../../actors/cards/section.ts';
import { defineCardsService } from '../../../actors/cards/service.ts';
import { MemoryChainStore } from '../../../actors/chain/memory-store.ts';
import { chainsSection } from '../../../actors/chain/section.ts';
import { defineChainsService } from '../../../actors/chain/service.ts';
import type { Web3Wrapper } from '../../../actors/chain/web3-wrapper.ts';
import { MemoryFilesStore } from '../../../actors/file-remover/memory-store.ts';
import { fileRemoverSection } from '../../../actors/file-remover/section.ts';
import { defineFileRemoverService } from '../../../actors/file-remover/service.ts';
import { MemoryTransactionsStore } from '../../../actors/transactions/memory-store.ts';
import { transactionsSection } from '../../../actors/transactions/section.ts';
import { defineTransactionsService } from '../../../actors/transactions/service.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { MessageProperties } from '../../../runtime/ports/envelope.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import type { Destination } from '../../../runtime/step/effects.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';

export const places = {
  cards: { exchange: 'mcards', routingKey: 'mcards_consume' },
  burns: { exchange: 'mcard.single_burn', routingKey: 'mcard.single_burn' },
  transactions: { exchange: 'transactions', routingKey: 'transactions_consume' },
  files: { exchange: 'file_management_queue', routingKey: 'file_management_queue' },
} as const satisfies Readonly<Record<string, Destination>>;

const sections = {
  cards: cardsSection,
  transactions: transactionsSection,
  file_remover: fileRemoverSection,
  chains: chainsSection,
};

interface Waiting {
  readonly lines: number;
  readonly matches: (line: HistoryLine) => boolean;
  readonly resolve: () => void;
}

export class CardWorld {
  readonly folder: string;
  readonly broker = new MemoryBroker(systemClock);
  readonly cards = new MemoryCardsStore();
  readonly transactions = new MemoryTransactionsStore();
  readonly files = new MemoryFilesStore();
  readonly burns = new MemoryChainStore();
  /** By chain id; none until a test has a chain. */
  readonly web3 = new Map<number, Web3Wrapper>();
  readonly locks = new MemoryLocks(systemClock);
  readonly history: HistoryLine[] = [];
  readonly client: Client;
  readonly journals = {
    mcards: new MemoryJournal({ stores: [this.cards] }),
    transactions: new MemoryJournal({ stores: [this.transactions] }),
    file_remover: new MemoryJournal({ stores: [this.files] }),
    chains: new MemoryJournal({ stores: [this.burns] }),
  };
  readonly #configs: ReadonlyMap<string, ExchangeConfig>;
  readonly #ids = systemIds(systemClock);
  readonly #runtimes: Runtime[] = [];
  #waiting: Waiting[] = [];

  private constructor(folder: string, more: Readonly<Record<string, string>>) {
    this.folder = folder;
    const paths = ['mcards', 'transactions', 'file_remover', 'chains'].map((name) =>
      fileURLToPath(new URL(`../../../config/services/${name}.json`, import.meta.url)),
    );
    const env = {
      FILE_REMOVER__ROOTS: JSON.stringify([folder]),
      CHAINS__POLL_MS: '20',
      ...more,
    };
    this.#configs = new Map(
      loadExchangeConfigs(paths, { env, sections }).map((config) => [config.svcName, config]),
    );
    this.client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'client',
      clock: systemClock,
      ids: this.#ids,
    });
  }

  /** `env`: settings of the services, as variables of the environment. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<CardWorld> {
    const world = new CardWorld(await mkdtemp(join(tmpdir(), 'cards-')), env);
    await world.client.open(topologyOf([...world.#configs.values()]));
    return world;
  }

  async close(): Promise<void> {
    for (const runtime of this.#runtimes) await runtime.stop();
    await this.client.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Starts these services in a runtime of their own, as one process. */
  async start(...names: (keyof CardWorld['journals'])[]): Promise<Runtime> {
    const runtime = createRuntime({
      services: names.map((name) => this.#service(name)),
      transport: new MemoryTransport(this.broker),
      journal: (service) => this.journals[service.name as keyof CardWorld['journals']],
      ephemeral: new MemoryJournal({ stores: [] }),
      onHistory: (lines) => this.#note(lines),
    });
    this.#runtimes.push(runtime);
    await runtime.start();
    return runtime;
  }

  request(to: Destination, action: string, data: Json, messageId?: string): Promise<Json> {
    return this.client.request(
      to,
      { action, data },
      { timeoutMs: 5_000, ...(messageId === undefined ? {} : { messageId }) },
    );
  }

  /** Publishes as another program would. */
  async publishRaw(
    to: Destination,
    body: string,
    properties: Partial<MessageProperties>,
  ): Promise<void> {
    const transport = new MemoryTransport(this.broker);
    await transport.open({ exchanges: [], queues: [], bindings: [] });
    await transport.publish({
      ...to,
      mandatory: true,
      properties: { persistent: true, ...properties },
      body: new TextEncoder().encode(body),
    });
    await transport.close();
  }

  /** Files on the disk; their URLs. */
  async writeFiles(...names: string[]): Promise<string[]> {
    for (const name of names) await writeFile(this.pathOf(name), `content of ${name}`);
    return names.map((name) => pathToFileURL(this.pathOf(name)).href);
  }

  pathOf(name: string): string {
    return join(this.folder, name);
  }

  exists(name: string): Promise<boolean> {
    return access(this.pathOf(name)).then(
      () => true,
      () => false,
    );
  }

  /** Resolves when so many lines of the history match. */
  async told(what: string, topic: string, lines = 1): Promise<void> {
    const matches = (line: HistoryLine) => line.topic === topic && line.line['what'] === what;
    if (this.history.filter(matches).length >= lines) return;
    await new Promise<void>((resolve) => this.#waiting.push({ lines, matches, resolve }));
  }

  /** What has happened under a topic, in the order in which it was committed. */
  story(topic: string): string[] {
    return this.history
      .filter((line) => line.topic === topic)
      .map(({ line, address }) => `${address.service}: ${String(line['what'])}`);
  }

  #service(name: keyof CardWorld['journals']): ServiceDefinition {
    const config = this.#configs.get(name) as ExchangeConfig;
    if (name === 'mcards')
      return defineCardsService({ config, locks: this.locks, store: this.cards });
    if (name === 'transactions')
      return defineTransactionsService({ config, store: this.transactions, clock: systemClock });
    if (name === 'chains')
      return defineChainsService({
        config,
        store: this.burns,
        web3: (chain) => this.web3.get(chain),
      });
    return defineFileRemoverService({ config, store: this.files });
  }

  #note(lines: readonly HistoryLine[]): void {
    this.history.push(...lines);
    const ready = this.#waiting.filter(
      (waiting) => this.history.filter(waiting.matches).length >= waiting.lines,
    );
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { resolve } of ready) resolve();
  }
}
