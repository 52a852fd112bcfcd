/** A process of `consent-host.ts` as its parent sees it. It does not outlive its parent, however that ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { programAt } from '../../support/program.ts';
import type { News, Order } from './consent-host.ts';

const { options, file } = programAt(new URL('./consent-host.ts', import.meta.url));

export class ServiceProcess {
  readonly #child: ChildProcess;
  /** Resolves when it can be told what to host. */
  readonly loaded: Promise<unknown>;
  /** Resolves when it is gone, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;

  constructor() {
    this.#child = fork(file, {
      execArgv: [...options],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.loaded = once(this.#child, 'message');
    this.loaded.catch(() => undefined);
    this.ended = once(this.#child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  }

  /** Resolves when it is done; one order at a time. */
  async obey(order: Order): Promise<void> {
    await this.loaded;
    const answered = once(this.#child, 'message') as Promise<[News]>;
    const gone = this.ended.then((signal) =>
      Promise.reject(new Error(`the process ended with ${signal ?? 'no signal'}`)),
    );
    this.#child.send(order);
    const [news] = await Promise.race([answered, gone]);
    gone.catch(() => undefined);
    if (typeof news === 'object') throw new Error(news.failed);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
