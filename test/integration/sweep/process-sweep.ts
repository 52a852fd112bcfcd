/**
 * The sweep over a database: a real process kills itself with SIGKILL at the failpoint and is started again on the same folder or schema.
 * The broker is RabbitMQ, which outlives it, and the callers are here.
 *
 * 1. One place (folder, schema) is used for many rounds; only what happens at its first start gets a new one.
 * 2. A round is over when nothing is lost or stuck any more, or when it has not come to that in time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { systemChance } from '../../../runtime/ports/chance.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { type FailpointName, failpointNames } from '../../../runtime/ports/failpoints.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../../integration/journal/benches.ts';
import { programAt } from '../../support/program.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { type DeadLetterFinder, insistentCallers } from './insistent-callers.ts';
import type { Kill, KillOutcome } from './kills.ts';
import type { Order } from './sweep-process.ts';
import { bankService, checkoutService } from './sweep-services.ts';
import { memoryTally, sqlTally } from './tally-store.ts';
import { playRound, type Traces, type Verdict, verdictOn } from './workload.ts';

const { options, file } = programAt(new URL('./sweep-process.ts', import.meta.url));
const insistMs = 100;
const pollMs = 50;

export type SweptDatabase = 'pglite' | 'postgres';

export function databaseFailpoints(kind: SweptDatabase): readonly FailpointName[] {
  return failpointNames.filter(
    (name) => kind === 'pglite' || !['open.folder-locked', 'open.cluster-made'].includes(name),
  );
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => void systemClock.after(ms, resolve));

/** What comes of the work, or `otherwise` when that takes longer; no timer is left behind. */
function within<T>(limitMs: number, work: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.after(limitMs, () => resolve(otherwise));
    work.then(resolve, reject).finally(cancel);
  });
}

export class ProcessSweep {
  readonly #kind: SweptDatabase;
  /** How long a round may take after the last kill. */
  readonly #roundMaxMs: number;
  readonly #host: VirtualHost;
  readonly #folder: string;
  readonly #client: Client;
  readonly #places: string[] = [];
  #child: ChildProcess | undefined;
  #ended: Promise<NodeJS.Signals | null> = Promise.resolve(null);
  #rounds = 0;

  private constructor(kind: SweptDatabase, roundMaxMs: number, host: VirtualHost, folder: string) {
    this.#kind = kind;
    this.#roundMaxMs = roundMaxMs;
    this.#host = host;
    this.#folder = folder;
    const transport = new RabbitmqTransport({
      urls: [host.url],
      clock: systemClock,
      random: systemChance,
    });
    this.#client = new Client({
      transport,
      name: 'caller',
      clock: systemClock,
      ids: systemIds(systemClock),
    });
    this.#move();
  }

  static async open(kind: SweptDatabase, roundMaxMs: number): Promise<ProcessSweep> {
    const sweep = new ProcessSweep(
      kind,
      roundMaxMs,
      await openVirtualHost('sweep'),
      await mkdtemp(join(tmpdir(), 'sweep-')),
    );
    const services = [
      checkoutService([memoryTally()], async () => null),
      bankService([memoryTally()]),
    ];
    await sweep.#client.open(topologyOf(services.map(({ config }) => config)));
    return sweep;
  }

  /** One round with its kills, to the end. */
  async kill(kills: readonly Kill[]): Promise<KillOutcome> {
    this.#rounds += 1;
    const round = `round${this.#rounds}`;
    let killed = 0;
    const [first, ...later] = kills;
    if (first?.when === 'start') killed += await this.#killedAtStart(first);
    await this.#started();
    const working = first?.when === 'stop' ? this.#heard('working') : Promise.resolve();
    if (first !== undefined && first.when !== 'start') await this.#told({ arm: first }, 'armed');
    const played = playRound(
      round,
      insistentCallers(this.#client, this.#deadLetters, () => pause(insistMs)),
    );
    if (first !== undefined && first.when !== 'start')
      killed += await this.#killedAtWork(first, played, working);
    for (const kill of later) killed += await this.#killedAtStart(kill);
    await this.#started();
    const wrong = await within(this.#roundMaxMs, played, ['it was not answered in time']);
    const verdict = await this.#verdict(round);
    return {
      killed,
      reached: new Map(),
      verdict: { ...verdict, lost: [...verdict.lost, ...wrong] },
    };
  }

  /** Ends what runs and takes away what is stored. */
  async close(): Promise<void> {
    await this.#stopped();
    await this.#client.close();
    if (this.#kind === 'postgres') for (const url of this.#places) await dropPlace(url);
    await rm(this.#folder, { recursive: true, force: true });
    await this.#host.remove();
  }

  /** A new folder or schema. */
  #move(): void {
    const name = ownPrefix();
    this.#places.push(
      this.#kind === 'postgres' ? postgresUrl(name) : `pglite://${join(this.#folder, name)}`,
    );
  }

  get #effectsFile(): string {
    return join(this.#folder, 'effects');
  }

  #spawn(kill?: Kill): ChildProcess {
    const args = [...options, file, this.#places.at(-1) ?? '', this.#host.url, this.#effectsFile];
    const child = spawn(
      process.execPath,
      kill === undefined ? args : [...args, JSON.stringify(kill)],
      {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    );
    this.#child = child;
    this.#ended = once(child, 'exit').then(([, signal]) => {
      if (this.#child === child) this.#child = undefined;
      return signal as NodeJS.Signals | null;
    });
    return child;
  }

  async #started(): Promise<void> {
    if (this.#child !== undefined) return;
    const child = this.#spawn();
    const died = this.#ended.then(() =>
      Promise.reject(new Error('the process ended before it was ready')),
    );
    await Promise.race([once(child, 'message'), died]);
    died.catch(() => undefined);
  }

  async #stopped(): Promise<void> {
    this.#tell({ stop: true });
    await this.#ended;
  }

  /** 1 when the process was killed as it started. One that was not goes on. */
  async #killedAtStart(kill: Kill): Promise<number> {
    await this.#stopped();
    if (kill.at.startsWith('open.')) this.#move();
    const child = this.#spawn(kill);
    const ready = once(child, 'message')
      .then(() => pause(1_000))
      .then(() => null);
    const signal = await Promise.race([ready, this.#ended]);
    if (signal === 'SIGKILL') return 1;
    await this.#stopped();
    return 0;
  }

  async #killedAtWork(
    kill: Kill,
    played: Promise<unknown>,
    working: Promise<unknown>,
  ): Promise<number> {
    const done = played.then(() => pause(1_000)).then(() => null);
    if (kill.when === 'stop') {
      await working;
      this.#tell({ stop: true });
    }
    return (await Promise.race([done, this.#ended])) === 'SIGKILL' ? 1 : 0;
  }

  async #told(order: Order, answer: string): Promise<unknown> {
    const answered = this.#heard(answer);
    this.#tell(order);
    return answered;
  }

  /** Whoever waits for an answer hears of the end of the process; without somebody to take it, the error of a closed channel is thrown. */
  #tell(order: Order): void {
    this.#child?.send(order, () => undefined);
  }

  /** What the process says of this next; rejects when none runs, or it ends before. */
  #heard(what: string): Promise<unknown> {
    const child = this.#child;
    const ended = this.#ended.then(() =>
      Promise.reject(new Error(`no process runs that could say '${what}'`)),
    );
    const heard = new Promise<unknown>((resolve) => {
      const hear = (message: Record<string, unknown>): void => {
        if (!(what in message)) return;
        child?.off('message', hear);
        resolve(message[what]);
      };
      child?.on('message', hear);
    });
    const first = Promise.race([heard, ended]);
    // Who waits for it may have gone on.
    first.catch(() => undefined);
    return first;
  }

  async #verdict(round: string): Promise<Verdict> {
    const untilMs = systemClock.now() + this.#roundMaxMs;
    for (;;) {
      const seen = (await this.#told({ look: round }, 'seen')) as Omit<Traces, 'effects'>;
      const verdict = verdictOn(round, { ...seen, effects: this.#effects() });
      if (verdict.lost.length + verdict.stuck.length === 0 || systemClock.now() > untilMs)
        return verdict;
      await pause(pollMs);
    }
  }

  get #deadLetters(): DeadLetterFinder {
    return {
      find: async (messageId) =>
        ((await this.#told({ find: messageId }, 'found')) as string | null) ?? undefined,
      replay: (deadLetterId) => this.#told({ replay: deadLetterId }, 'replayed'),
    };
  }

  #effects(): Traces['effects'] {
    if (!existsSync(this.#effectsFile)) return [];
    const lines = readFileSync(this.#effectsFile, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as [string, string]);
  }
}

async function dropPlace(url: string): Promise<void> {
  const database = await openDatabase(url, { stores: [sqlTally] });
  await dropSchemas(database);
  await database.close();
}
