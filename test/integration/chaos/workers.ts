/** The service processes of a campaign: several of the same, one of which is killed now and then and started again. */
import { type ChildProcess, fork } from 'node:child_process';
import { programAt } from '../../support/program.ts';

const { options, file } = programAt(new URL('./chaos-host.ts', import.meta.url));

interface Worker {
  readonly instance: string;
  readonly child: ChildProcess;
  consuming: boolean;
}

export class Workers {
  readonly #env: NodeJS.ProcessEnv;
  readonly #workers: Worker[];
  #started = 0;
  #stopping = false;
  /** Processes that ended though nobody killed them (their server was away when they started): they are started again too. */
  gaveUp = 0;

  constructor(
    count: number,
    env: { readonly CHAOS_BROKER: string; readonly CHAOS_DATABASE: string },
  ) {
    this.#env = { ...process.env, ...env };
    this.#workers = Array.from({ length: count }, () => this.#start());
    process.on('exit', () => this.stop());
  }

  get consuming(): number {
    return this.#workers.filter(({ consuming }) => consuming).length;
  }

  /** Kills one that consumes; another takes its place. Gives the name it had in the journal. */
  async kill(choose: (count: number) => number): Promise<string> {
    const alive = this.#workers.filter(({ consuming }) => consuming);
    const victim = alive[choose(alive.length)];
    if (victim === undefined) throw new Error('no process consumes that could be killed');
    this.#replace(victim);
    const gone = new Promise((resolve) => victim.child.once('exit', resolve));
    victim.child.kill('SIGKILL');
    await gone;
    return victim.instance;
  }

  stop(): void {
    this.#stopping = true;
    for (const { child } of this.#workers) child.kill('SIGKILL');
  }

  #replace(worker: Worker): void {
    worker.child.removeAllListeners('exit');
    if (!this.#stopping) this.#workers[this.#workers.indexOf(worker)] = this.#start();
  }

  #start(): Worker {
    this.#started += 1;
    const instance = `worker-${this.#started}`;
    const child = fork(file, {
      env: { ...this.#env, CHAOS_INSTANCE: instance },
      execArgv: [...options],
    });
    const worker = { instance, child, consuming: false };
    child.once('message', () => {
      worker.consuming = true;
    });
    child.once('exit', () => {
      this.gaveUp += 1;
      this.#replace(worker);
    });
    return worker;
  }
}
