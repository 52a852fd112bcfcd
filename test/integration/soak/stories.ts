/**
 * The load of a soak: stories that begin at a steady rate, each over HTTP and over the broker.
 *
 * 1. A story makes an object (HTTP) and a tag below (broker), reads, updates (broker), reads, deletes the object (HTTP), and looks
 *    whether both are gone.
 * 2. A request without an answer is sent again under the same key, to another process: so each request is answered in the end, or
 *    the story is stuck.
 * 3. An operation that was called off because a service was silent, or timed out, has an end like any other; the story asks again
 *    under a new key.
 * 4. A wrong answer is a problem; the story ends with it.
 * 5. A machine that is too slow for the rate begins fewer stories.
 */
import { isJsonObject } from '../../../config/json.ts';
import type { Client } from '../../../runtime/client.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';

export interface StoriesOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** The URLs of HTTP, the next to ask first. */
  readonly urls: () => readonly string[];
  readonly storiesPerSecond: number;
}

const answerLimitMs = 15_000;
const triesMost = 12;
const retryMs = 100;
const sagaPollMs = 500;
const sagaPollsMost = 240;
const underWayMost = 24;
/** The names of all nodes of a soak begin so. */
export const namePrefix = 'soak-';

interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

class Unanswered extends Error {}

function expect(isSo: boolean, sentence: string, found: unknown): void {
  if (!isSo) throw new Error(`${sentence}; found ${JSON.stringify(found)}`);
}

export class Stories {
  readonly problems: string[] = [];
  /** Stories that a request without an answer has ended. */
  readonly stuck: string[] = [];
  begun = 0;
  ended = 0;
  repeated = 0;
  calledOff = 0;
  skipped = 0;
  readonly #options: StoriesOptions;
  readonly #underWay = new Set<Promise<void>>();
  #latencies: number[] = [];
  #cancel: () => void = () => undefined;
  #isStopped = false;

  constructor(options: StoriesOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, storiesPerSecond } = this.#options;
    this.#cancel = clock.after(1_000 / storiesPerSecond, () => {
      if (!this.#isStopped) this.start();
    });
    if (this.#underWay.size < underWayMost) this.#begin();
    else this.skipped += 1;
  }

  #begin(): void {
    this.begun += 1;
    const story = this.#story(`${namePrefix}${this.begun}`).finally(() => {
      this.ended += 1;
      this.#underWay.delete(story);
    });
    this.#underWay.add(story);
  }

  /** Milliseconds of the requests that were answered since the last call, sorted. */
  takeLatencies(): readonly number[] {
    const taken = this.#latencies.sort((one, other) => one - other);
    this.#latencies = [];
    return taken;
  }

  /** Begins no further story. Resolves when every story has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await Promise.all(this.#underWay);
  }

  async #story(name: string): Promise<void> {
    try {
      await this.#told(name);
    } catch (error) {
      const into = error instanceof Unanswered ? this.stuck : this.problems;
      into.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #told(name: string): Promise<void> {
    const id = await this.#created(name);
    const tagId = await this.#tagBelow(id, name);
    await this.#reads(id, 'cn', name);
    const attributes = { description: name };
    await this.#untilDone(`${name}-update`, (key) =>
      this.#asked('objects', 'update', key, { id, attributes }),
    );
    await this.#reads(id, 'description', name);
    await this.#untilDone(`${name}-delete`, (key) => this.#deleted(id, key));
    await this.#isGone(id, tagId);
  }

  async #created(name: string): Promise<string> {
    const sent = { attributes: { cn: name } };
    const made = await this.#http(`${name}-create`, 'POST', '/v1/objects/', sent);
    expect(made.status === 201, 'a create is answered 201', made);
    return String(made.body['id']);
  }

  async #tagBelow(parentId: string, name: string): Promise<string> {
    const sent = { parentId, attributes: { cn: `${name}-tag` } };
    const made = await this.#untilDone(`${name}-tag`, (key) =>
      this.#asked('tags', 'create', key, sent),
    );
    return String(made['id']);
  }

  async #reads(id: string, attribute: string, value: string): Promise<void> {
    const { status, body } = await this.#http('', 'GET', `/v1/objects/${id}`);
    const attributes = body['attributes'] as JsonObject | undefined;
    const found = [attributes?.[attribute]].flat();
    expect(status === 200 && found[0] === value, `${attribute} is ${value}`, { status, body });
  }

  /** The answer in the form that messages have. */
  async #deleted(id: string, key: string): Promise<JsonObject> {
    const { status, body } = await this.#http(key, 'DELETE', `/v1/objects/${id}`);
    if (status === 202) return this.#sagaEnd(String(body['saga']));
    return status < 300 ? body : { error: { ...body, code: status } };
  }

  async #isGone(id: string, tagId: string): Promise<void> {
    const { status } = await this.#http('', 'GET', `/v1/objects/${id}`);
    expect(status === 404, 'a deleted object is not found', status);
    const tags = await this.#asked('tags', 'read', '', { id: [tagId] });
    expect(Array.isArray(tags['data']) && tags['data'].length === 0, 'its tag is gone', tags);
  }

  /** Polls the saga of a deletion that takes longer than a client waits. */
  async #sagaEnd(path: string): Promise<JsonObject> {
    for (let tries = 0; tries < sagaPollsMost; tries += 1) {
      const found = await this.#tryHttp('', 'GET', path);
      const state = found?.body['state'];
      if (state === 'done') return {};
      if (state === 'called off') return { error: { code: 409, silent: ['a service'] } };
      await this.#pause(sagaPollMs);
    }
    throw new Unanswered(`the saga ${path} does not end`);
  }

  /** Begins the operation again under a new key as long as its end is silence. */
  async #untilDone(
    name: string,
    operation: (key: string) => Promise<JsonObject>,
  ): Promise<JsonObject> {
    for (let tries = 1; tries <= triesMost; tries += 1) {
      const answer = await operation(`${name}-${tries}`);
      if (!isSilence(answer['error'])) {
        expect(answer['error'] === undefined, `${name} succeeds`, answer);
        return answer;
      }
      this.calledOff += 1;
    }
    throw new Unanswered(`${name} is called off each time`);
  }

  /** Measures a request until its answer, with all its tries. */
  async #answered<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const { clock } = this.#options;
    const sentMs = clock.now();
    for (let tries = 0; tries < triesMost; tries += 1) {
      const answer = await ask();
      if (answer !== undefined) {
        this.#latencies.push(clock.now() - sentMs);
        return answer;
      }
      this.repeated += 1;
      await this.#pause(retryMs);
    }
    throw new Unanswered(`${what} is not answered`);
  }

  #http(key: string, method: string, path: string, body?: Json): Promise<Reply> {
    return this.#answered(`${method} ${path}`, () => this.#tryHttp(key, method, path, body));
  }

  /** undefined: no answer. A process that ends while it answers closes the connection. */
  async #tryHttp(
    key: string,
    method: string,
    path: string,
    body?: Json,
  ): Promise<Reply | undefined> {
    const headers = {
      'content-type': 'application/json',
      prefer: `wait=${answerLimitMs / 1_000}`,
      ...(key === '' ? {} : { 'idempotency-key': key }),
    };
    const sent = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const [url] = this.#options.urls();
    if (url === undefined) return undefined;
    const response = await fetch(`${url}${path}`, sent).catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    if (response === undefined || text === undefined || response.status >= 500) return undefined;
    return { status: response.status, body: JSON.parse(text === '' ? '{}' : text) };
  }

  #asked(entity: string, action: string, messageId: string, data: Json): Promise<JsonObject> {
    const to = { exchange: entity, routingKey: `${entity}_api_crud_consume` };
    const identity = messageId === '' ? {} : { messageId };
    return this.#answered(`${action} of ${entity}`, async () => {
      try {
        const options = { timeoutMs: answerLimitMs, ...identity };
        const answer = await this.#options.client.request(to, { action, data }, options);
        return answer as JsonObject;
      } catch (error) {
        if (error instanceof Transient) return undefined;
        throw error;
      }
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(ms, resolve));
  }
}

/** The error of an operation that a silent service has ended, and no veto. */
function isSilence(error: Json | undefined): boolean {
  if (error === undefined || !isJsonObject(error)) return false;
  const { code, silent } = error;
  return code === 504 || (code === 409 && Array.isArray(silent) && silent.length > 0);
}
