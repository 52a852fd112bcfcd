/**
 * `deletions export` and `deletions replay` of cards, with a backup of the embedded database (a copy
 * of the data folder) and of PostgreSQL (`pg_dump`). A server of the test has the card's file.
 */
import { execFile } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RunningProcess } from '../../../cli/running-process.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { ownPrefix, postgresUrl } from '../journal/benches.ts';
import { run, type Started, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const shell = promisify(execFile);
const services = ['--config', 'mcards', 'transactions', 'file_remover'];

/** A server with one file. */
class FileServer {
  hasFile = true;
  /** Takes the place of the next removal, which is not answered then. */
  insteadOfRemoval: (() => void) | undefined;
  #removed: () => void = () => undefined;
  readonly #server: Server = createServer(({ method }, response) => {
    if (!this.hasFile) return void response.writeHead(404).end();
    if (method !== 'DELETE')
      return void response.writeHead(200, { etag: '"1"', 'content-length': '3' }).end();
    if (this.insteadOfRemoval !== undefined) return this.insteadOfRemoval();
    this.hasFile = false;
    this.#removed();
    response.writeHead(204).end();
  });

  /** Resolves with the next removal. */
  removal(): Promise<void> {
    return new Promise((resolve) => {
      this.#removed = resolve;
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

interface Backup {
  readonly env: Readonly<Record<string, string>>;
  make(data: string): Promise<void>;
  restore(data: string): Promise<void>;
  end(): Promise<void>;
}

function copyOfFolder(): Backup {
  return {
    env: {},
    make: (data) => cp(data, `${data}.backup`, { recursive: true }),
    restore: async (data) => {
      await rm(data, { recursive: true });
      await cp(`${data}.backup`, data, { recursive: true });
    },
    end: async () => undefined,
  };
}

function dump(): Backup {
  const [database = ''] = servers.postgres.split('?');
  const prefix = ownPrefix();
  const sql = async (...args: readonly string[]) =>
    (await shell('psql', [database, '-qAt', ...args])).stdout;
  const drop = async () =>
    sql(
      '-c',
      await sql(
        '-c',
        `select coalesce(string_agg(format('drop schema %I cascade;', nspname), ' '), 'select 1')
          from pg_namespace where nspname like '${prefix}\\_%'`,
      ),
    );
  return {
    env: { database_url: postgresUrl(prefix) },
    make: async (data) => {
      const { stdout } = await shell('pg_dump', [database, '-n', `${prefix}_*`]);
      await writeFile(`${data}.sql`, stdout);
    },
    restore: async (data) => {
      await drop();
      await sql('-f', `${data}.sql`);
    },
    end: async () => void (await drop()),
  };
}

for (const [kind, needs, backupOf] of [
  ['the embedded database', [], copyOfFolder],
  ['PostgreSQL', ['postgres'], dump],
] as const) {
  const test = suite(`cli: replayed cards on ${kind}`, { needs, deadlineMs: 300_000 });
  let folder: ConfigFolder;
  let files: FileServer;
  let url: string;
  let backup: Backup;
  let up: Started | undefined;

  test.before.each(async () => {
    folder = await ConfigFolder.open();
    files = new FileServer();
    url = await files.open();
    backup = backupOf();
  });
  test.after.each(async () => {
    await stopped('SIGKILL');
    await files.close();
    await backup.end();
    await folder.remove();
  });

  const data = () => join(folder.path, 'data');
  const env = () => {
    const http = { origins: [url], addresses: ['127.0.0.0/8'] };
    return { ...backup.env, FILE_REMOVER__HTTP: JSON.stringify(http) };
  };
  const command = (...args: readonly string[]) =>
    run([...args, '--data', data(), ...services], env());
  async function started(): Promise<void> {
    up = start(['up', '--no-http', '--data', data(), ...services], env());
    await up.printed('ready:');
  }
  async function stopped(signal: NodeJS.Signals): Promise<void> {
    up?.signal(signal);
    await up?.ended;
    up = undefined;
  }
  async function ask(action: string, about: JsonObject): Promise<JsonObject> {
    const running = await RunningProcess.find(data());
    assert.ok(running);
    return (await running.request('mcards', action, about)) as JsonObject;
  }
  const cards = async () => (await ask('read', { id: ['c1', 'c2', 'c3'] }))['data'];
  const replay = (...more: readonly string[]) =>
    command('deletions', 'replay', '--file', file(), '--why', 'restored', '--json', ...more);
  const file = () => join(folder.path, 'deletions');

  test('a replay deletes the cards and files again, goes on after a kill, and is done once', async () => {
    await started();
    const metadata = { must_be_deleted_files: [`${url}/a.png`] };
    await ask('create', { id: 'c1', owner: 'Kim', transaction: 't1', metadata });
    await ask('create', { id: 'c3', owner: 'Lee' });
    await stopped('SIGTERM');
    await backup.make(data());

    await started();
    await ask('create', { id: 'c2', owner: 'Kim' });
    for (const id of ['c1', 'c2']) assert.equal(await ask('delete', { id, owner: 'Kim' }), {});
    const exported = await command('deletions', 'export', '--since', '2020-01-01', '--out', file());
    assert.is(exported.code, 0, exported.stderr);
    assert.match(exported.stdout, /^wrote \S+: [1-9]\d* finished deletions?\n$/);
    const [, ...lines] = (await readFile(file(), 'utf8')).trim().split('\n');
    assert.equal(
      lines.map((line) => JSON.parse(line)).map(({ card, service }) => [card, service]),
      [
        ['c1', 'mcards'],
        ['c2', 'mcards'],
      ],
    );
    assert.not.match(lines.join(), /Kim|a\.png/);
    await stopped('SIGTERM');
    await backup.restore(data());

    await started();
    assert.is(((await cards()) as readonly unknown[]).length, 2);
    assert.is(files.hasFile, false);
    files.hasFile = true;
    const reached = new Promise<void>((resolve) => {
      files.insteadOfRemoval = resolve;
    });
    const broken = replay('--timeout', '30');
    await reached;
    await stopped('SIGKILL');
    assert.is((await broken).code, 1);
    files.insteadOfRemoval = undefined;
    const removal = files.removal();
    await started();
    await removal;
    const second = await replay();
    assert.is(second.code, 0, second.stdout);
    assert.equal(
      ((await cards()) as readonly JsonObject[]).map(({ id }) => id),
      ['c3'],
    );
    const third = await replay();
    assert.equal(JSON.parse(third.stdout), {
      deletions: 2,
      services: [{ service: 'mcards', removed: 0, gone: 2, foreign: 0 }],
      problems: [],
    });
    const again = (await ask('create', { id: 'c2', owner: 'Kim' }))['error'] as JsonObject;
    assert.is(again['name'], 'gone');
  });

  test.run();
}
