/**
 * A host (a process of `host.ts`) as the process that started it sees it.
 *
 * - ahead: a host loads its code before it is told which services to run, so a loaded host can
 *   replace a killed host at once.
 * - no-silence: when the host ends, every request without an answer rejects.
 * - no-orphan: no host outlives the process that started it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type {
  HostAnswers,
  HostMessage,
  HostRequest,
  NumberedRequest,
  RequestKind,
} from './host-messages.ts';

interface Waiter {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** The built file has another extension than its source. */
const script = fileURLToPath(new URL('./host.ts', import.meta.url)).replace(
  /\.ts$/,
  extname(import.meta.url),
);

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #onHistory: (lines: readonly HistoryLine[]) => void;
  readonly #waiters = new Map<number, Waiter>();
  readonly #loaded: Promise<unknown>;
  #requests = 0;
  /** Resolves when the process has ended, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;

  constructor(onHistory: (lines: readonly HistoryLine[]) => void) {
    this.#child = fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#onHistory = onHistory;
    this.#loaded = once(this.#child, 'message');
    this.#loaded.catch(() => undefined);
    this.ended = once(this.#child, 'exit').then(([, signal]) => this.#takeEnd(signal));
    this.#child.on('message', (message) => this.#take(message as HostMessage));
    alive.add(this.#child);
  }

  /**
   * The host's answer. Rejects with the host's error, or when the host ends before it has answered.
   */
  async ask<Kind extends RequestKind>(
    request: Extract<HostRequest, { readonly kind: Kind }>,
  ): Promise<HostAnswers[Kind]> {
    await Promise.race([this.#loaded, this.ended]);
    if (!this.#child.connected)
      throw new Error(`the host has ended and cannot answer '${request.kind}'`);
    this.#requests += 1;
    const numbered: NumberedRequest = { number: this.#requests, request };
    return new Promise((resolve, reject) => {
      // `host.ts` answers each kind with the type that `HostAnswers` names.
      const take = (answer: unknown) => resolve(answer as HostAnswers[Kind]);
      this.#waiters.set(numbered.number, { resolve: take, reject });
      this.#child.send(numbered, (error) => error && reject(error));
    });
  }

  get hasEnded(): boolean {
    return !alive.has(this.#child);
  }

  kill(): Promise<unknown> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  #take(message: HostMessage): void {
    switch (message.kind) {
      case 'loaded':
        break;
      case 'history':
        this.#onHistory(message.lines);
        break;
      case 'answer':
        this.#takeWaiter(message.number)?.resolve(message.answer);
        break;
      case 'failure':
        this.#takeWaiter(message.number)?.reject(new Error(message.message));
        break;
      default:
        message satisfies never;
    }
  }

  #takeWaiter(number: number): Waiter | undefined {
    const waiter = this.#waiters.get(number);
    this.#waiters.delete(number);
    return waiter;
  }

  #takeEnd(signal: NodeJS.Signals | null): NodeJS.Signals | null {
    alive.delete(this.#child);
    for (const { reject } of this.#waiters.values())
      reject(new Error(`the host ended before it answered (${signal ?? 'no signal'})`));
    this.#waiters.clear();
    return signal;
  }
}
