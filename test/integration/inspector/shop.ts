/**
 * A shop under the inspector, as its owner starts it: `unanimous up` with the services of the example, objects and tags, and
 * a newsletter that speaks HTTP and answers when the test says so.
 *
 * - named: the visitors have tokens of their own, so a page stays valid over a new start.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunningProcess } from '../../../cli/running-process.ts';
import { tokenHash } from '../../../edge/inspector/access.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { type Started, start } from '../cli/command.ts';
import { WebhookServer } from '../webhook/webhook-server.ts';

export const operatorToken = 'the-token-of-an-operator';
export const readerToken = 'the-token-of-a-reader';

export const people = {
  kim: '0192f000-0000-7000-8000-0000000000c1',
  lee: '0192f000-0000-7000-8000-0000000000c2',
  max: '0192f000-0000-7000-8000-0000000000c3',
};

const secret = 'the secret of the example';
const deadlineMs = 600_000;
const extension = extname(import.meta.url);

function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/erase-customer/${name}`, import.meta.url));
}

export class Shop {
  readonly newsletter = new WebhookServer(secret);
  readonly #folder: string;
  #command: Started | undefined;
  #port = '0';

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Shop> {
    const shop = new Shop(await mkdtemp(join(tmpdir(), 'unanimous-shop-')));
    const config = JSON.parse(await readFile(example('newsletter.json'), 'utf8'));
    config.webhook.url = await shop.newsletter.open();
    // A voter waits no longer than its own deadline, and asks the other system again after each timeout.
    config.webhook.timeout_ms = 60_000;
    config.consent = { vote_deadline_ms: deadlineMs };
    await writeFile(shop.#newsletterFile, JSON.stringify(config));
    await shop.start();
    return shop;
  }

  /** On the port of the start before. */
  async start(): Promise<void> {
    const modules = ['customers', 'orders', 'invoices', 'disputes'];
    const command = start(
      [
        ...['up', '--inspector', '--no-http', '--data', this.#data],
        ...['--config', 'objects', 'tags', this.#newsletterFile],
        ...modules.flatMap((name) => ['--module', example(`${name}${extension}`)]),
      ],
      {
        INSPECTOR__PORT: this.#port,
        INSPECTOR__READERS: JSON.stringify({ rosa: { sha256: tokenHash(readerToken) } }),
        INSPECTOR__OPERATORS: JSON.stringify({ ivanova: { sha256: tokenHash(operatorToken) } }),
        CONSENT__VOTE_DEADLINE_MS: String(deadlineMs),
        WEBHOOK__SECRET: secret,
      },
    );
    this.#command = command;
    await command.printed('ready:');
    this.#port = /^inspector: http:\/\/127\.0\.0\.1:(\d+)/m.exec(command.stdout())?.[1] ?? '0';
  }

  /** The process ends without a word, as by a power cut. */
  async kill(): Promise<void> {
    this.#command?.signal('SIGKILL');
    await this.#command?.ended;
  }

  async close(): Promise<void> {
    await this.kill();
    await this.newsletter.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The address of a screen, with the token of a visitor. */
  url(token: string): string {
    return `http://127.0.0.1:${this.#port}/inspector/#token=${token}`;
  }

  /** The answer of a service, whatever it is. */
  async ask(service: string, action: string, data: JsonObject): Promise<JsonObject> {
    return (await (await this.process()).request(service, action, data)) as JsonObject;
  }

  /** A message that nobody answers. */
  async send(service: string, action: string, data: JsonObject): Promise<void> {
    await (await this.process()).send(service, action, data);
  }

  /** A customer with a shipped order and an invoice. */
  async customer(id: string, name: string): Promise<void> {
    await this.ask('customers', 'add', { id, name, email: `${name.toLowerCase()}@example.org` });
    await this.ask('orders', 'place', { id: `o-${name}`, customerId: id, item: 'pump' });
    await this.ask('orders', 'ship', { id: `o-${name}` });
    const keptUntil = '2036-12-31';
    await this.ask('invoices', 'issue', {
      id: `i-${name}`,
      customerId: id,
      cents: 12_900,
      keptUntil,
    });
  }

  /** The running process, as commands see it. */
  async process(): Promise<RunningProcess> {
    const running = await RunningProcess.find(this.#data);
    if (running === undefined) throw new Error('the shop does not run');
    return running;
  }

  get #newsletterFile(): string {
    return join(this.#folder, 'newsletter.json');
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }
}
