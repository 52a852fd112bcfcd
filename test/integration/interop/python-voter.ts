/** The voter in Python (`aio_pika_voter.py`) as the test sees it. It ends with its input. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { systemPython } from '../../support/programs.ts';

const script = fileURLToPath(new URL('./aio_pika_voter.py', import.meta.url));

/** What it answers; null: it keeps silent. */
export interface Opinions {
  readonly mayDelete?: Json;
  readonly deleting?: Json;
}

export class PythonVoter {
  readonly key: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines: JsonObject[] = [];
  #onLine: () => void = () => undefined;

  private constructor(key: string, args: readonly string[]) {
    this.key = key;
    this.#child = spawn(systemPython, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'close');
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#lines.push(JSON.parse(line) as JsonObject);
      this.#onLine();
    });
  }

  /** Resolves when its subscription is at the broker. */
  static async subscribed(
    brokerUrl: string,
    exchange: string,
    key: string,
    nodeId: string,
  ): Promise<PythonVoter> {
    const voter = new PythonVoter(key, [
      brokerUrl,
      exchange,
      `${exchange}_model_crud_consume`,
      key,
      nodeId,
    ]);
    await voter.#printed('subscribed', 1);
    return voter;
  }

  /** From now on. */
  async says(opinions: Opinions): Promise<void> {
    const count = this.#named('says').length + 1;
    this.#child.stdin?.write(`${JSON.stringify(opinions)}\n`);
    await this.#printed('says', count);
  }

  /** Resolves when it has got so many messages, with all of them. */
  got(count: number): Promise<readonly JsonObject[]> {
    return this.#printed('got', count);
  }

  get received(): readonly JsonObject[] {
    return this.#named('got');
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  #named(name: string): readonly JsonObject[] {
    return this.#lines.filter((line) => name in line);
  }

  async #printed(name: string, count: number): Promise<readonly JsonObject[]> {
    const gone = this.#ended.then(() =>
      Promise.reject(new Error(`the voter ended with ${this.#named(name).length} times '${name}'`)),
    );
    while (this.#named(name).length < count) {
      const printed = new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
      await Promise.race([printed, gone]);
    }
    gone.catch(() => undefined);
    return this.#named(name);
  }
}
