/**
 * A RabbitMQ node of one test's own: it can be stopped, killed, alarmed and filled, and nobody else notices.
 *
 * Job: a folder under the system's temporary one with everything the node has (database, log, Erlang cookie, port mapper), and its life.
 * Boundary: needs `rabbitmq-server` installed; a suite says so with `needs: ['rabbitmq-server']`. Shares nothing with a broker that runs already.
 *
 * 1. Ports stay the same over every restart. They are below those the system gives to outgoing connections: a client that tries again
 *    and again at a closed port would else, one day, be connected to itself.
 * 2. `start` resolves when the node takes AMQP connections; `stop` and `kill` when its process is gone.
 * 3. No process outlives the test: the node is in the group of the process that started it, and is killed when that exits.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { freePorts } from './free-ports.ts';
import { makeTestCertificates, type TestCertificates } from './test-certificates.ts';

export interface PrivateRabbitmqOptions {
  /** Opens a TLS listener too, with certificates made for it. */
  readonly tls?: boolean;
  /** Bytes of memory above which the node blocks publishers; its own default when not given. */
  readonly memoryWatermarkBytes?: number;
  /** For example `rabbitmq_management`; its port is `managementUrl`. */
  readonly plugins?: readonly string[];
  /** Further settings of the application `rabbit`, as Erlang terms: `{channel_max, 4}`. */
  readonly settings?: readonly string[];
}

export interface PrivateRabbitmq {
  /** `amqp://guest:guest@127.0.0.1:<port>`, virtual host `/`. */
  readonly url: string;
  readonly port: number;
  /** With `tls` only: `amqps://guest:guest@localhost:<port>`. */
  readonly tlsUrl: string;
  readonly certificates: TestCertificates | undefined;
  /** Where the management plugin answers, when it was asked for. */
  readonly managementUrl: string;
  readonly folder: string;
  /** Starts it, also after `stop` or `kill`, over the same data. Idempotent. */
  start(): Promise<void>;
  /** Asks it to end, and waits until it has. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL. Idempotent. */
  kill(): Promise<void>;
  /** `stop` and `start`. */
  restart(): Promise<void>;
  /** What `rabbitmqctl` prints about this node. About two seconds each. */
  control(...args: string[]): Promise<string>;
  /** Sets off its memory alarm, or ends it. */
  alarm(on: boolean): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

const run = promisify(execFile);
const startLimitMs = 120_000;
const stopLimitMs = 60_000;
const watermarkDefault = '0.6';
/** Debian's commands on the PATH change the user to one that shares its cookie with the system's broker; these do not. */
const debianFolder = '/usr/lib/rabbitmq/bin';
const alive = new Set<ChildProcess>();
let made = 0;

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

function program(name: string): string {
  try {
    accessSync(join(debianFolder, name));
    return join(debianFolder, name);
  } catch {
    return name;
  }
}

/** The watermark in the words of `rabbitmqctl`. */
function controlled(watermark: string): string[] {
  return watermark.replace(/[{},]/g, ' ').trim().split(/ +/);
}

/** The node looks through every plugin that is installed, for seconds; where none is asked for, it sees only the server itself. */
function linkServerOnly(folder: string): void {
  const installed = join(dirname(realpathSync(program('rabbitmq-server'))), '..', 'plugins');
  mkdirSync(folder);
  for (const name of readdirSync(installed))
    if (/^rabbit-/.test(name)) symlinkSync(join(installed, name), join(folder, name));
}

function tlsSettings({ files }: TestCertificates, port: number): string[] {
  const trust = `{cacertfile, "${files.authority}"}, {certfile, "${files.certificate}"}, {keyfile, "${files.key}"}`;
  return [
    `{ssl_listeners, [{"127.0.0.1", ${port}}]}`,
    `{ssl_options, [${trust}, {verify, verify_none}, {fail_if_no_peer_cert, false}]}`,
  ];
}

class Node implements PrivateRabbitmq {
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly tlsUrl: string;
  readonly managementUrl: string;
  readonly certificates: TestCertificates | undefined;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #watermark: string;
  #portMapper: ChildProcess | undefined;
  #node: ChildProcess | undefined;

  constructor(
    folder: string,
    options: PrivateRabbitmqOptions,
    ports: readonly number[],
    certificates: TestCertificates | undefined,
  ) {
    this.folder = folder;
    const [port = 0, tlsPort = 0, managementPort = 0, distributionPort = 0, mapperPort = 0] = ports;
    this.port = port;
    this.url = `amqp://guest:guest@127.0.0.1:${port}`;
    this.tlsUrl = `amqps://guest:guest@localhost:${tlsPort}`;
    this.managementUrl = `http://127.0.0.1:${managementPort}`;
    this.certificates = certificates;
    this.#watermark =
      options.memoryWatermarkBytes === undefined
        ? watermarkDefault
        : `{absolute, ${options.memoryWatermarkBytes}}`;
    this.#environment = this.#environmentFor(
      distributionPort,
      mapperPort,
      (options.plugins ?? []).length === 0,
    );
    this.#writeConfig(options, tlsPort, managementPort);
  }

  #environmentFor(
    distributionPort: number,
    mapperPort: number,
    isPlain: boolean,
  ): NodeJS.ProcessEnv {
    made += 1;
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(RABBITMQ_|ERL_)/.test(name),
    );
    return {
      ...Object.fromEntries(inherited),
      HOME: this.folder,
      RABBITMQ_NODENAME: `unanimous-${process.pid}-${made}@localhost`,
      RABBITMQ_DIST_PORT: String(distributionPort),
      RABBITMQ_CONF_ENV_FILE: join(this.folder, 'none'),
      RABBITMQ_CONFIG_FILE: join(this.folder, 'rabbitmq.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.folder, 'enabled_plugins'),
      ...(isPlain ? { RABBITMQ_PLUGINS_DIR: join(this.folder, 'no-plugins') } : {}),
      RABBITMQ_MNESIA_BASE: join(this.folder, 'data'),
      RABBITMQ_LOG_BASE: join(this.folder, 'log'),
      RABBITMQ_GENERATED_CONFIG_DIR: join(this.folder, 'config'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_PORT: String(mapperPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // The start script becomes the node instead of watching over it: signals reach the node itself.
      RUNNING_UNDER_SYSTEMD: 'true',
    };
  }

  /** In Erlang's terms: the newer form is translated at each start, which takes seconds. */
  #writeConfig(
    { plugins = [], settings = [] }: PrivateRabbitmqOptions,
    tlsPort: number,
    managementPort: number,
  ): void {
    const rabbit = [
      `{tcp_listeners, [{"127.0.0.1", ${this.port}}]}`,
      `{vm_memory_high_watermark, ${this.#watermark}}`,
      '{disk_free_limit, 1000000}',
      '{log, [{file, [{level, warning}]}]}',
      ...(this.certificates === undefined ? [] : tlsSettings(this.certificates, tlsPort)),
      ...settings,
    ];
    const management = `{rabbitmq_management, [{tcp_config, [{ip, "127.0.0.1"}, {port, ${managementPort}}]}]}`;
    mkdirSync(join(this.folder, 'log'));
    linkServerOnly(join(this.folder, 'no-plugins'));
    writeFileSync(join(this.folder, '.erlang.cookie'), `unanimous${this.port}`, { mode: 0o400 });
    writeFileSync(join(this.folder, 'enabled_plugins'), `[${plugins.join(',')}].`);
    writeFileSync(
      join(this.folder, 'rabbitmq.config'),
      `[{rabbit, [${rabbit.join(', ')}]}, ${management}].\n`,
    );
  }

  async start(): Promise<void> {
    if (this.#node !== undefined) return;
    this.#portMapper ??= this.#spawned('epmd');
    const node = this.#spawned(program('rabbitmq-server'));
    this.#node = node;
    node.once('exit', () => {
      if (this.#node === node) this.#node = undefined;
    });
    await this.#takesConnections(node);
  }

  #spawned(command: string): ChildProcess {
    const output = openSync(join(this.folder, 'output'), 'a');
    const child = spawn(command, {
      cwd: this.folder,
      env: this.#environment,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    alive.add(child);
    child.once('error', () => alive.delete(child));
    child.once('exit', () => alive.delete(child));
    return child;
  }

  async #takesConnections(node: ChildProcess): Promise<void> {
    const untilMs = performance.now() + startLimitMs;
    for (;;) {
      const model = await connect(this.url, { timeout: 5_000 }).catch(() => undefined);
      if (model !== undefined) return model.close();
      if (this.#node !== node)
        throw new Error(`the private RabbitMQ node ended while it started\n${this.#log()}`);
      if (performance.now() > untilMs)
        throw new Error(`the private RabbitMQ node does not answer\n${this.#log()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #log(): string {
    return readFileSync(join(this.folder, 'output'), 'utf8').slice(-4_000);
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const node = this.#node;
    if (node === undefined) return;
    await gone(node, signal);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async control(...args: string[]): Promise<string> {
    const { stdout } = await run(program('rabbitmqctl'), args, {
      cwd: this.folder,
      env: this.#environment,
    });
    return stdout;
  }

  async alarm(on: boolean): Promise<void> {
    await this.control(
      'set_vm_memory_high_watermark',
      ...(on ? ['absolute', '1'] : controlled(this.#watermark)),
    );
  }

  async remove(): Promise<void> {
    await this.kill();
    if (this.#portMapper !== undefined) await gone(this.#portMapper, 'SIGKILL');
    // The programs that watch disk and memory for it end a moment after it.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function gone(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!alive.has(child)) return;
  const left = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const impatient = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await left;
  clearTimeout(impatient);
}

/** A node that is not started yet; `remove` it at the end. */
export async function createPrivateRabbitmq(
  options: PrivateRabbitmqOptions = {},
): Promise<PrivateRabbitmq> {
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-rabbitmq-'));
  const ports = await freePorts(5);
  return new Node(
    folder,
    options,
    ports,
    options.tls === true ? await makeTestCertificates(folder) : undefined,
  );
}

/** A node that takes connections. */
export async function startPrivateRabbitmq(
  options: PrivateRabbitmqOptions = {},
): Promise<PrivateRabbitmq> {
  const node = await createPrivateRabbitmq(options);
  try {
    await node.start();
    return node;
  } catch (error) {
    await node.remove();
    throw error;
  }
}
