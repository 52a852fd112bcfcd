/**
 * A running `unanimous up` as the commands see it: its services, dead letters, sagas and stored
 * rows, over its control socket.
 *
 * - same-program: the process at the other end runs this program, so answers are not checked again.
 */

import type { DeletionTopics } from '../composition/deletion-topics.ts';
import type { DatabaseMigrations } from '../composition/deployment-databases.ts';
import type { FileFindings, FindingTimes } from '../composition/file-findings.ts';
import type { HeldDeletion } from '../composition/held-deletions.ts';
import type { ListedSaga } from '../composition/listed-sagas.ts';
import type { NodeStanding } from '../composition/node-standing.ts';
import type { Why } from '../composition/why-documents.ts';
import type { DeadLetterListing, DeadLetters } from '../runtime/duties/dead-letters.ts';
import type { CheckedJournal } from '../runtime/duties/stored-check.ts';
import type { StoredDeadLetter } from '../runtime/ports/dead-letter.ts';
import { Transient } from '../runtime/ports/errors.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { HistoryLine } from '../runtime/ports/journal-rows.ts';
import type { Json } from '../runtime/ports/json.ts';
import type { ControlRequest, DeadLetterRequest, StoredRequest } from './control-requests.ts';
import { askControlSocket, controlSocketPath } from './control-socket.ts';

/** What a command does with dead letters, of a running process or of databases. */
export type DeadLetterWork = Pick<DeadLetters, 'list' | 'show' | 'edit' | 'replay' | 'drop'>;

/** What a command does with the journal of a running process or of a database. */
export type ReadJournal = CheckedJournal &
  Pick<Journal, 'releaseVersion' | 'beating' | 'processes' | 'heldOutboxes'>;

export class RunningProcess {
  /** Names of services, a list for each journal of the process. */
  readonly journals: readonly (readonly string[])[];
  readonly #path: string;

  private constructor(path: string, journals: readonly (readonly string[])[]) {
    this.#path = path;
    this.journals = journals;
  }

  /** `undefined` if no process runs with the data folder. */
  static async find(dataFolder: string): Promise<RunningProcess | undefined> {
    const path = controlSocketPath(dataFolder);
    const request: ControlRequest = { kind: 'services' };
    const reply = await askControlSocket(path, request);
    return reply && new RunningProcess(path, reply.answer as readonly (readonly string[])[]);
  }

  get services(): readonly string[] {
    return this.journals.flat();
  }

  /** The answer of a service. Rejects with `Refused` if the process replies with an error. */
  request(service: string, action: string, data: Json, timeoutMs?: number): Promise<Json> {
    const limit = timeoutMs === undefined ? {} : { timeoutMs };
    return this.#ask({ kind: 'request', service, action, data, ...limit });
  }

  async send(service: string, action: string, data: Json): Promise<void> {
    await this.#ask({ kind: 'send', service, action, data });
  }

  /** At most `limit` sagas under way, the oldest first. */
  async sagas(limit: number): Promise<readonly ListedSaga[]> {
    return (await this.#ask({ kind: 'sagas', limit })) as readonly ListedSaga[];
  }

  /** At most `limit` deletions that wait for the end of holds. */
  async heldDeletions(limit: number): Promise<readonly HeldDeletion[]> {
    return (await this.#ask({ kind: 'held', limit })) as readonly HeldDeletion[];
  }

  /** The deletions since then, milliseconds since the epoch. */
  async deletionTopics(sinceMs: number): Promise<DeletionTopics> {
    return (await this.#ask({ kind: 'deletion-topics', sinceMs })) as DeletionTopics;
  }

  /** Rejects as `why` does. */
  async why(subject: string): Promise<Why> {
    return (await this.#ask({ kind: 'why', subject })) as Why;
  }

  async migrations(): Promise<readonly DatabaseMigrations[]> {
    return (await this.#ask({ kind: 'migrations' })) as readonly DatabaseMigrations[];
  }

  /** Rejects as `fileFindings` does. */
  async fileFindings({ nowMs, agedMs }: FindingTimes): Promise<FileFindings> {
    return (await this.#ask({ kind: 'file-findings', nowMs, agedMs })) as FileFindings;
  }

  /** Rejects as `nodeStanding` does. */
  async standing(node: string): Promise<NodeStanding> {
    return (await this.#ask({ kind: 'standing', node })) as NodeStanding;
  }

  /** The record of a saga, or null. */
  sagaRecord(saga: string): Promise<Json> {
    return this.#ask({ kind: 'saga-record', saga });
  }

  /** The history of a saga or of a card. */
  async history(topic: string): Promise<readonly HistoryLine[]> {
    return (await this.#ask({ kind: 'history', topic })) as unknown as readonly HistoryLine[];
  }

  readonly deadLetters: DeadLetterWork = {
    list: async ({ service, limit = 100 }: DeadLetterListing = {}) => {
      const only = service === undefined ? {} : { service };
      const found = await this.#ask({ kind: 'dead-letters', limit, ...only });
      return found as readonly StoredDeadLetter[];
    },
    show: async (id) => {
      const found = await this.#ask({ kind: 'dead-letter', id });
      return (found as StoredDeadLetter | null) ?? undefined;
    },
    edit: async (id, edit) => String(await this.#ask({ kind: 'edit', id, edit })),
    replay: (selection) => this.#count({ kind: 'replay', selection }),
    drop: (selection) => this.#count({ kind: 'drop', selection }),
  };

  /** The stored rows of the journal that has the rows of service `of`. */
  journal(of: string): ReadJournal {
    const rows = async <Row>(request: StoredRequest): Promise<readonly Row[]> =>
      (await this.#ask(request)) as readonly Row[];
    const from = <Position>(after: Position | undefined) => (after === undefined ? {} : { after });
    return {
      load: (requests) =>
        rows({ kind: 'load', of, addresses: requests.map(({ address }) => address) }),
      listActors: (services, after, limit) =>
        rows({ kind: 'actors', of, services, limit, ...from(after) }),
      listTimers: (services, after, limit) =>
        rows({ kind: 'timers', of, services, limit, ...from(after) }),
      listActivities: (services, after, limit) =>
        rows({ kind: 'activities', of, services, limit, ...from(after) }),
      listOutbox: (services, after, limit) => rows({ kind: 'outbox', of, services, limit, after }),
      beating: () => rows({ kind: 'beating', of }),
      processes: (services) => rows({ kind: 'processes', of, services }),
      heldOutboxes: (services) => rows({ kind: 'held-outboxes', of, services }),
      releaseVersion: async (version) => {
        await this.#ask({ kind: 'release', of: version.service, version });
      },
    };
  }

  async #count(request: DeadLetterRequest): Promise<number> {
    return Number(await this.#ask(request));
  }

  async #ask(request: ControlRequest): Promise<Json> {
    const reply = await askControlSocket(this.#path, request);
    if (reply !== undefined) return reply.answer;
    throw new Transient('transport-lost', `the process at ${this.#path} has stopped`);
  }
}
