/**
 * A PostgreSQL server of one test's own: it can be stopped, killed and started again, and nobody else notices.
 *
 * Job: a folder under the system's temporary one with a fresh cluster, and the life of its server. `fsync` is on, as in earnest, unless the test says otherwise.
 * Boundary: needs PostgreSQL's programs installed; a suite says so with `needs: ['postgres-server']`.
 *
 * 1. The port stays the same over every restart.
 * 2. `start` resolves when the server takes connections; `kill` and `stopAtOnce` when its main process is gone.
 * 3. PostgreSQL does not run as root: root hands the folder to the user `postgres`.
 * 4. No process outlives the test: the main process is killed when this one exits, and its children end with it.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';
import { postgresFolder } from './postgres-folder.ts';

export interface PrivatePostgres {
  /** `postgresql://postgres@127.0.0.1:<port>/postgres` */
  readonly url: `postgresql://${string}`;
  /** Starts it, also after a kill, over the same data. Idempotent. */
  start(): Promise<void>;
  /** SIGKILL of the main process; its children notice and end. Idempotent. */
  kill(): Promise<void>;
  /** PostgreSQL's immediate shutdown: every process ends without cleaning up. Idempotent. */
  stopAtOnce(): Promise<void>;
  /** Kills it and removes its folder. */
  remove(): Promise<void>;
}

const run = promisify(execFile);
const startLimitMs = 120_000;
const pauseMs = 50;
const alive = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

function account(): Account {
  if (process.getuid?.() !== 0) return {};
  const idOf = (option: string) =>
    Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

interface ServerOptions {
  readonly settings: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

class Server implements PrivatePostgres {
  readonly url: `postgresql://${string}`;
  readonly #programs: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #account: Account;
  readonly #settings: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  #main: ChildProcess | undefined;

  constructor(
    programs: string,
    folder: string,
    port: number,
    owner: Account,
    { settings, environment }: ServerOptions,
  ) {
    this.#programs = programs;
    this.#folder = folder;
    this.#port = port;
    this.#account = owner;
    this.#settings = settings;
    this.#environment = environment;
    this.url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  }

  async create(): Promise<void> {
    const options = [
      '-D',
      join(this.#folder, 'data'),
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ];
    await run(join(this.#programs, 'initdb'), options, { cwd: this.#folder, ...this.#account });
  }

  /** Right after a kill the old children may still hold the shared memory: the server then refuses, and is tried again. */
  async start(): Promise<void> {
    const untilMs = performance.now() + startLimitMs;
    while (!(await this.#takesConnections())) {
      if (performance.now() > untilMs)
        throw new Error(`the private PostgreSQL does not answer\n${this.#log()}`);
      this.#main ??= this.#spawned();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #takesConnections(): Promise<boolean> {
    if (this.#main === undefined) return false;
    const asked = run(join(this.#programs, 'pg_isready'), [
      '-q',
      '-h',
      '127.0.0.1',
      '-p',
      String(this.#port),
    ]);
    return asked.then(
      () => this.#main !== undefined,
      () => false,
    );
  }

  #spawned(): ChildProcess {
    const output = openSync(join(this.#folder, 'output'), 'a');
    const own = [
      `port=${this.#port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.#folder}`,
      'max_connections=200',
    ];
    const options = [
      '-D',
      join(this.#folder, 'data'),
      ...[...own, ...this.#settings].flatMap((setting) => ['-c', setting]),
    ];
    const child = spawn(join(this.#programs, 'postgres'), options, {
      ...{
        cwd: this.#folder,
        env: { ...process.env, ...this.#environment },
        stdio: ['ignore', output, output],
      },
      ...this.#account,
    });
    closeSync(output);
    alive.add(child);
    const gone = () => {
      alive.delete(child);
      if (this.#main === child) this.#main = undefined;
    };
    child.once('error', gone);
    child.once('exit', gone);
    return child;
  }

  #log(): string {
    return readFileSync(join(this.#folder, 'output'), 'utf8').slice(-4_000);
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stopAtOnce(): Promise<void> {
    return this.#end('SIGQUIT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const main = this.#main;
    if (main === undefined) return;
    const gone = new Promise<void>((resolve) => main.once('exit', () => resolve()));
    main.kill(signal);
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: pauseMs });
  }
}

/** A server that takes connections, with these settings (`name=value`) and variables beside its own; `remove` it at the end. */
export async function startPrivatePostgres(
  settings: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<PrivatePostgres> {
  const programs = postgresFolder();
  if (programs === undefined)
    throw new Error("no PostgreSQL server is installed: say needs: ['postgres-server']");
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-postgres-'));
  const owner = account();
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const [port = 0] = await freePorts(1);
  const server = new Server(programs, folder, port, owner, { settings, environment });
  try {
    await server.create();
    await server.start();
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}
