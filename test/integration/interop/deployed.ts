/** Services of the package over a virtual host of their own, without a database unless one is given: what the tests of interoperation run. */
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { sections } from '../../../actors/sections.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { type Deployment, openDeployment } from '../../../composition/open-deployment.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { type Topology, topologyOf } from '../../../config/topology.ts';
import type { Client } from '../../../runtime/client.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';

type Matches = (line: HistoryLine) => boolean;

export class Deployed {
  readonly host: VirtualHost;
  /** Of history, so far. */
  readonly lines: HistoryLine[] = [];
  #waiting: { readonly matches: Matches; readonly resolve: () => void }[] = [];
  #configs: readonly ExchangeConfig[] = [];
  #deployment: Deployment | undefined;
  #client: Client | undefined;

  private constructor(host: VirtualHost) {
    this.host = host;
  }

  static async open(): Promise<Deployed> {
    return new Deployed(await openVirtualHost('interop'));
  }

  start(...services: readonly string[]): Promise<Client> {
    return this.startOver('memory://', services);
  }

  /** `more`: further variables of the environment. */
  async startOver(
    databaseUrl: string,
    services: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<Client> {
    const files = services.map((name) =>
      fileURLToPath(new URL(`../../../config/services/${name}.json`, import.meta.url)),
    );
    this.#configs = loadExchangeConfigs(files, {
      env: { amqp_url: this.host.url, ...more },
      sections,
    });
    this.#deployment = await openDeployment({
      configs: this.#configs,
      databaseUrl,
      onHistory: (lines) => this.#note(lines),
    });
    await this.#deployment.start();
    this.#client = await this.#deployment.client('test');
    return this.#client;
  }

  /** Resolves when the history has a line that says `what` under this topic. */
  told(what: string, topic: string): Promise<void> {
    return this.noted((line) => line.topic === topic && line.line['what'] === what);
  }

  /** Resolves when the history has such a line. */
  async noted(matches: Matches): Promise<void> {
    if (!this.lines.some(matches))
      await new Promise<void>((resolve) => this.#waiting.push({ matches, resolve }));
  }

  /** How often the history says it. */
  times(what: string, topic: string): number {
    return this.lines.filter((line) => line.topic === topic && line.line['what'] === what).length;
  }

  async deadLetters(): Promise<number> {
    return (await this.#deployment?.counts())?.['journal.dead_letters'] ?? Number.NaN;
  }

  /** Stops the services and takes away what they, and others, have declared: the host is as it was. */
  async end(...others: readonly Topology[]): Promise<void> {
    await this.#stop();
    this.lines.length = 0;
    const connection = await connect(this.host.url, { noDelay: true });
    const channel = await connection.createChannel();
    for (const { queues, exchanges } of [topologyOf(this.#configs), ...others]) {
      for (const { name } of queues) await channel.deleteQueue(name);
      for (const { name } of exchanges) await channel.deleteExchange(name);
    }
    await connection.close();
  }

  /** Stops the services and removes the host. */
  async close(): Promise<void> {
    await this.#stop();
    await this.host.remove();
  }

  async #stop(): Promise<void> {
    await this.#client?.close();
    await this.#deployment?.stop();
    this.#client = undefined;
    this.#deployment = undefined;
  }

  #note(lines: readonly HistoryLine[]): void {
    this.lines.push(...lines);
    const ready = this.#waiting.filter(({ matches }) => this.lines.some(matches));
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { resolve } of ready) resolve();
  }
}
