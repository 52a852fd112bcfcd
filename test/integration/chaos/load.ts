/**
 * The callers of a campaign: they ask until they are answered, always under the same message id, and keep what they were told.
 *
 * 1. A request counts as attempted when it is sent for the first time, as committed when its answer has come.
 * 2. An answer that is not the expected one is a problem, and is told.
 */

import type { Client } from '../../../runtime/client.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Destination } from '../../../runtime/step/effects.ts';
import { jobDestination } from './job-services.ts';

const answerMs = 4_000;
const pauseMs = 100;
const counters = 7;
const jobCallers = 12;
const treeCallers = 2;

const objects = { exchange: 'objects', routingKey: 'objects_model_crud_consume' };
const tags = { exchange: 'tags', routingKey: 'tags_model_crud_consume' };

interface Ports {
  readonly client: Client;
  readonly clock: Clock;
  /** Called at every answer. */
  readonly onAnswer: () => void;
}

export class Load {
  readonly #ports: Ports;
  readonly #jobs = new Set<string>();
  readonly #sections = new Set<string>();
  readonly answeredJobs = new Set<string>();
  readonly deletedSections = new Set<string>();
  readonly problems: string[] = [];
  #running = true;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get attempted(): number {
    return this.#jobs.size + this.#sections.size;
  }

  get answered(): number {
    return this.answeredJobs.size + this.deletedSections.size;
  }

  start(): void {
    const jobs = Array.from({ length: jobCallers }, (_, caller) => this.#callForJobs(caller));
    const trees = Array.from({ length: treeCallers }, (_, caller) => this.#buildAndDelete(caller));
    this.#ended = Promise.all([...jobs, ...trees]);
  }

  /** No new requests; resolves when every one that was sent is answered. */
  async end(): Promise<void> {
    this.#running = false;
    await this.#ended;
  }

  async #callForJobs(caller: number): Promise<void> {
    for (let n = 0; this.#running; n += 1) {
      const job = `job-${caller}-${n}`;
      this.#jobs.add(job);
      const answer = await this.#ask(
        jobDestination,
        'do',
        { job, counter: `counter-${n % counters}` },
        job,
      );
      if ((answer as JsonObject)['done'] !== job)
        this.problems.push(`${job} was answered ${JSON.stringify(answer)}`);
      this.answeredJobs.add(job);
      this.#ports.onAnswer();
    }
  }

  /** An object with a tag below it is made, and deleted with the tag. */
  async #buildAndDelete(caller: number): Promise<void> {
    for (let n = 0; this.#running; n += 1) {
      const name = `section-${caller}-${n}`;
      this.#sections.add(name);
      const id = await this.#create(objects, name, {});
      await this.#create(tags, `${name}-tag`, { parentId: id });
      await this.#delete(name, id);
      this.deletedSections.add(name);
      this.#ports.onAnswer();
    }
  }

  /** The service of a parent that is down beyond the deadline of the create: nothing was created, and it is asked again as a new create. */
  async #create(to: Destination, cn: string, place: JsonObject): Promise<string> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = (await this.#ask(
        to,
        'create',
        { ...place, attributes: { cn } },
        `create-${cn}-${attempt}`,
      )) as JsonObject;
      if (typeof answer['id'] === 'string') return answer['id'];
      if ((answer['error'] as JsonObject | undefined)?.['name'] === 'timed-out') continue;
      this.problems.push(`${cn} was not created: ${JSON.stringify(answer)}`);
      return String(answer['id']);
    }
  }

  /** A voter that is silent, because it is being killed, is a no: then it is asked again, as a new deletion. */
  async #delete(name: string, id: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = (await this.#ask(
        objects,
        'delete',
        { id },
        `delete-${name}-${attempt}`,
      )) as JsonObject;
      if (answer['error'] === undefined) return;
      if (isSilence(answer['error'])) continue;
      this.problems.push(`${name} was not deleted: ${JSON.stringify(answer)}`);
      return;
    }
  }

  async #ask(to: Destination, action: string, data: JsonObject, messageId: string): Promise<Json> {
    for (;;) {
      try {
        return await this.#ports.client.request(
          to,
          { action, data },
          { messageId, timeoutMs: answerMs },
        );
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        await new Promise<void>((resolve) => void this.#ports.clock.after(pauseMs, resolve));
      }
    }
  }
}

function isSilence(error: Json | undefined): boolean {
  const { refusals, silent } = error as { refusals?: readonly Json[]; silent?: readonly Json[] };
  return refusals?.length === 0 && (silent?.length ?? 0) > 0;
}
