/**
 * A process of `host.ts` as the one that started it sees it.
 *
 * 1. It is loaded before it is told what to host, so that one can be kept ready to take another's place.
 * 2. When it ends, whatever it was asked and had not answered rejects.
 * 3. No host outlives its starter, however that ends.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HistoryLine } from '../../runtime/ports/journal.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { HostNews, HostQuestion, NumberedQuestion } from './host-messages.ts';

interface Waiter {
  readonly resolve: (answer: Json) => void;
  readonly reject: (error: Error) => void;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** The built file has another ending than its source. */
const script = fileURLToPath(new URL('./host.ts', import.meta.url)).replace(
  /\.ts$/,
  extname(import.meta.url),
);

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #onHistory: (lines: readonly HistoryLine[]) => void;
  readonly #waiting = new Map<number, Waiter>();
  readonly #loaded: Promise<unknown>;
  #questions = 0;
  /** Resolves when the process is gone, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;

  constructor(onHistory: (lines: readonly HistoryLine[]) => void) {
    this.#child = fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#onHistory = onHistory;
    this.#loaded = once(this.#child, 'message');
    this.#loaded.catch(() => undefined);
    this.ended = once(this.#child, 'exit').then(([, signal]) => this.#takeEnd(signal));
    this.#child.on('message', (news) => this.#take(news as HostNews));
    alive.add(this.#child);
  }

  /** The answer; rejects with what went wrong there, or when the process ends before. */
  async ask(question: HostQuestion): Promise<Json> {
    await Promise.race([this.#loaded, this.ended]);
    if (!this.#child.connected)
      throw new Error(`the process was asked for '${question.kind}' and is gone`);
    this.#questions += 1;
    const numbered: NumberedQuestion = { number: this.#questions, question };
    return new Promise((resolve, reject) => {
      this.#waiting.set(numbered.number, { resolve, reject });
      this.#child.send(numbered, (error) => error && reject(error));
    });
  }

  kill(): Promise<unknown> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  #take(news: HostNews): void {
    if (news.kind === 'history') this.#onHistory(news.lines);
    if (news.kind !== 'answer' && news.kind !== 'failure') return;
    const waiter = this.#waiting.get(news.number);
    this.#waiting.delete(news.number);
    if (news.kind === 'answer') waiter?.resolve(news.answer);
    else waiter?.reject(new Error(news.message));
  }

  #takeEnd(signal: NodeJS.Signals | null): NodeJS.Signals | null {
    alive.delete(this.#child);
    for (const { reject } of this.#waiting.values())
      reject(new Error(`the process ended before it answered (${signal ?? 'no signal'})`));
    this.#waiting.clear();
    return signal;
  }
}
