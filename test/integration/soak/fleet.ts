/**
 * The processes of a soak: `unanimous start` with the same services, on one broker and one database, each with its own port of HTTP.
 *
 * - steady: the first process is never restarted, so its memory shows whether anything grows.
 * - rolling: the others are ended in turn, by SIGTERM and SIGKILL alternately, and start again on the same port.
 */
import { readFile } from 'node:fs/promises';
import { freePorts } from '../../support/free-ports.ts';
import { type Started, start } from '../cli/command.ts';

export const soakEntities = ['objects', 'tags', 'alerts'] as const;

export type Ending = 'SIGTERM' | 'SIGKILL';

/** A cache and a retention that are reached within minutes; a lease that makes a killed process's work go on soon. */
const settings = {
  PROCESS__CACHED_ACTORS: '500',
  PROCESS__LEASE_MS: '2000',
  PROCESS__RETENTION__INBOX_DAYS: '0.01',
  PROCESS__RETENTION__ANSWERED_DAYS: '0.01',
  PROCESS__RETENTION__FINISHED_DAYS: '0.01',
  PROCESS__RETENTION__HISTORY_DAYS: '0.01',
  PROCESS__RETENTION__TOMBSTONES_DAYS: '0.01',
};

interface Member {
  readonly port: number;
  command: Started;
  isReady: boolean;
}

export interface FleetOptions {
  readonly processes: number;
  readonly amqpUrl: string;
  readonly databaseUrl: string;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #members: Member[] = [];
  readonly #endings: Record<Ending, number> = { SIGTERM: 0, SIGKILL: 0 };
  #turn = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    process.once('exit', () => this.kill());
  }

  /** Resolves when every process is ready. */
  async open(): Promise<void> {
    const ports = await freePorts(this.#options.processes);
    for (const port of ports)
      this.#members.push({ port, command: this.#command(port), isReady: false });
    await Promise.all(this.#members.map((member) => this.#ready(member)));
  }

  get endings(): Readonly<Record<Ending, number>> {
    return this.#endings;
  }

  /** The URLs of HTTP of the processes that are ready, in a new order at each call. */
  urls(): readonly string[] {
    this.#turn += 1;
    const ready = this.#members.filter(({ isReady }) => isReady);
    const first = this.#turn % Math.max(1, ready.length);
    return [...ready.slice(first), ...ready.slice(0, first)].map(
      ({ port }) => `http://127.0.0.1:${port}`,
    );
  }

  /** Resident memory of the steady process, in bytes. */
  async steadyMemory(): Promise<number> {
    const pid = this.#members[0]?.command.pid;
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  }

  /** Ends the next of the rolling processes and starts it again. Resolves when it is ready. */
  async roll(): Promise<Ending> {
    const rolled = this.#endings.SIGTERM + this.#endings.SIGKILL;
    const member = this.#members[1 + (rolled % (this.#members.length - 1))];
    if (member === undefined) throw new Error('a soak needs at least two processes');
    const ending: Ending = rolled % 2 === 0 ? 'SIGTERM' : 'SIGKILL';
    this.#endings[ending] += 1;
    member.isReady = false;
    await this.#end(member, ending);
    member.command = this.#command(member.port);
    await this.#ready(member);
    return ending;
  }

  /** Ends every process by SIGTERM. */
  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#end(member, 'SIGTERM')));
  }

  kill(): void {
    for (const { command } of this.#members) command.signal('SIGKILL');
  }

  async #end({ command }: Member, ending: Ending): Promise<void> {
    command.signal(ending);
    const { code, stderr } = await command.ended;
    if (ending === 'SIGTERM' && code !== 0)
      throw new Error(`a process ended with ${code} after SIGTERM: ${stderr.slice(-2_000)}`);
  }

  async #ready(member: Member): Promise<void> {
    await member.command.printed('ready: ');
    member.isReady = true;
  }

  #command(port: number): Started {
    const { amqpUrl, databaseUrl } = this.#options;
    return start(['start', '--config', ...soakEntities], {
      amqp_url: amqpUrl,
      database_url: databaseUrl,
      HTTP__PORT: String(port),
      ...settings,
    });
  }
}
