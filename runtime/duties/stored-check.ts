/**
 * Compares all rows that a journal holds for some services with the code of the services. `machines
 * check` runs this before a deployment.
 *
 * Invariants:
 * - Like a turn: every actor that has not ended is restored, or migrated, as in a turn. Its actor
 *   must know every timer and activity, the code must have the activity's kind, and waiting
 *   messages must go to exchanges of the topology.
 * - Read only: batch by batch, nothing is locked and nothing is written. A row that seems not to
 *   fit while other processes work is checked a second time.
 */
import type { Topology } from '../../config/topology.ts';
import type { ServiceDefinition } from '../messages/service-definition.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import { errorText } from '../ports/errors.ts';
import type { Journal } from '../ports/journal.ts';
import type { ActivityRow, ActorRecord } from '../ports/journal-rows.ts';
import type { TokenPosition } from '../ports/journal-survey.ts';
import { findActivity } from '../step/activity-lookup.ts';
import type { Family } from '../step/family.ts';
import { familyProblems, pendingTokens } from '../step/family-fit.ts';
import { familyOf } from '../step/stored-family.ts';

/** A stored row that the code cannot handle. */
export interface StoredProblem {
  readonly what: 'actor' | 'timer' | 'activity' | 'message';
  /**
   * The actor's address, with the token of a timer or an activity; for a message, its id.
   */
  readonly where: string;
  readonly problem: string;
}

/** The result of a check. */
export interface StoredCheck {
  /** Number of actors that were checked. */
  readonly actors: number;
  readonly timers: number;
  readonly activities: number;
  readonly messages: number;
  readonly problems: readonly StoredProblem[];
}

/** The reads of a journal that a check needs. */
export type CheckedJournal = Pick<
  Journal,
  'load' | 'listActors' | 'listTimers' | 'listActivities' | 'listOutbox'
>;
type Report = (problem: StoredProblem) => void;

const batchMax = 500;

/** `topology` holds the exchanges of all services that these services may publish to. */
export async function checkStored(
  journal: CheckedJournal,
  services: readonly ServiceDefinition[],
  topology: Topology,
): Promise<StoredCheck> {
  const check = new Check(journal, services);
  const exchanges = new Set(['', ...topology.exchanges.map(({ name }) => name)]);
  const actors = await check.actors();
  const timers = await check.timers();
  const activities = await check.activities();
  const messages = await check.messages(exchanges);
  return { actors, timers, activities, messages, problems: check.problems };
}

class Check {
  readonly problems: StoredProblem[] = [];
  readonly #journal: CheckedJournal;
  readonly #services: ReadonlyMap<string, ServiceDefinition>;
  readonly #names: readonly string[];

  constructor(journal: CheckedJournal, services: readonly ServiceDefinition[]) {
    this.#journal = journal;
    this.#services = new Map(services.map((service) => [service.name, service]));
    this.#names = [...this.#services.keys()];
  }

  actors(): Promise<number> {
    return batches(
      (after: ActorAddress | undefined) => this.#journal.listActors(this.#names, after, batchMax),
      ({ address }) => address,
      async (stored) => {
        for (const { address, record } of stored) this.#checkActor(address, record);
      },
    );
  }

  timers(): Promise<number> {
    const list = (after: TokenPosition | undefined, limit = batchMax) =>
      this.#journal.listTimers(this.#names, after, limit);
    return batches(list, positionOf, (rows) => this.#checkTokens('timer', rows, list));
  }

  activities(): Promise<number> {
    const list = (after: TokenPosition | undefined, limit = batchMax) =>
      this.#journal.listActivities(this.#names, after, limit);
    return batches(list, positionOf, async (rows) => {
      for (const row of rows) this.#checkKind(row);
      await this.#checkTokens('activity', rows, list);
    });
  }

  messages(exchanges: ReadonlySet<string>): Promise<number> {
    return batches(
      (after: string | undefined) => this.#journal.listOutbox(this.#names, after ?? '', batchMax),
      ({ id }) => id,
      async (rows) => {
        for (const { id, address, exchange } of rows.filter((row) => !exchanges.has(row.exchange)))
          this.#report({
            what: 'message',
            where: id,
            problem: `from ${addressId(address)}: there is no exchange '${exchange}'`,
          });
      },
    );
  }

  readonly #report: Report = (problem) => void this.problems.push(problem);

  #checkActor(address: ActorAddress, record: ActorRecord): void {
    try {
      const family = this.#family(address, record);
      for (const problem of familyProblems(family))
        this.#report({ what: 'actor', where: addressId(address), problem });
    } catch (error) {
      this.#report({
        what: 'actor',
        where: addressId(address),
        problem: errorText(error),
      });
    }
  }

  #family(address: ActorAddress, record: ActorRecord): Family {
    const machine = this.#services.get(address.service)?.machines.get(address.machine);
    if (machine === undefined) throw new Error(`there is no machine '${address.machine}' any more`);
    return familyOf(address, machine, record);
  }

  #checkKind(row: ActivityRow): void {
    const machine = this.#services.get(row.address.service)?.machines.get(row.address.machine);
    if (machine !== undefined && findActivity(machine, row) !== undefined) return;
    const problem = `machine '${row.machine}' has no activity '${row.kind}'`;
    this.#report({ what: 'activity', where: `${addressId(row.address)} ${row.token}`, problem });
  }

  async #checkTokens(
    what: 'timer' | 'activity',
    rows: readonly TokenPosition[],
    list: (after: TokenPosition, limit: number) => Promise<readonly TokenPosition[]>,
  ): Promise<void> {
    for (const row of await this.#unknown(rows)) {
      const others = await list({ address: row.address, token: '' }, batchMax);
      const isThere = others.some(
        (other) => addressId(other.address) === addressId(row.address) && other.token === row.token,
      );
      if (!isThere || (await this.#unknown([row])).length === 0) continue;
      this.#report({
        what,
        where: `${addressId(row.address)} ${row.token}`,
        problem: `its actor does not know this ${what}`,
      });
    }
  }

  /** Rows that their actor does not know. An actor that cannot be read is already reported. */
  async #unknown(rows: readonly TokenPosition[]): Promise<readonly TokenPosition[]> {
    const addresses = [
      ...new Map(rows.map(({ address }) => [addressId(address), address])).values(),
    ];
    const loaded = await this.#journal.load(
      addresses.map((address) => ({ address, messageIds: [] })),
    );
    const known = new Map(
      addresses.map((address, at) => [
        addressId(address),
        this.#tokens(address, loaded[at]?.record),
      ]),
    );
    return rows.filter(({ address, token }) => known.get(addressId(address))?.has(token) === false);
  }

  #tokens(address: ActorAddress, record: ActorRecord | undefined): ReadonlySet<string> | undefined {
    if (record === undefined) return new Set();
    try {
      return pendingTokens(this.#family(address, record));
    } catch {
      return undefined;
    }
  }
}

function positionOf({ address, token }: TokenPosition): TokenPosition {
  return { address, token };
}

/** Works through all batches. Resolves to the number of rows. */
async function batches<Row, Position>(
  list: (after: Position | undefined) => Promise<readonly Row[]>,
  position: (row: Row) => Position,
  work: (rows: readonly Row[]) => Promise<void>,
): Promise<number> {
  let count = 0;
  let after: Position | undefined;
  for (;;) {
    const rows = await list(after);
    await work(rows);
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchMax) return count;
    after = position(last);
  }
}
