/** The work of the journal in memory besides turns: dead letters, versions, processes and surveys. */
import type { ActorAddress } from '../ports/address.ts';
import type {
  DeadLetter,
  DeadLetterList,
  DeadLetterSelection,
  StoredDeadLetter,
} from '../ports/dead-letter.ts';
import type {
  Beating,
  HeldOutbox,
  JournalProcesses,
  ProcessService,
  RunService,
} from '../ports/journal-processes.ts';
import type { ActivityRow, HistoryLine, OutboxRow, TimerRow } from '../ports/journal-rows.ts';
import {
  type HistoryPosition,
  type JournalSurvey,
  type MachineVersion,
  type StoredActor,
  type StoredVersion,
  type TokenPosition,
  versionId,
} from '../ports/journal-survey.ts';
import { activitiesAfter, actorsAfter, storedIn, timersAfter } from './actor-survey.ts';
import type { MemoryRows } from './memory-rows.ts';

export abstract class MemoryMaintenance implements DeadLetterList, JournalSurvey, JournalProcesses {
  readonly #versions = new Map<string, MachineVersion>();

  /** @throws Transient when the journal is not open. */
  protected abstract get rows(): MemoryRows;

  async addDeadLetter(deadLetter: DeadLetter): Promise<void> {
    this.rows.deadLetters.add(deadLetter);
  }

  async deadLetters(
    services: readonly string[] | 'all',
    limit: number,
  ): Promise<readonly StoredDeadLetter[]> {
    return this.rows.deadLetters.list(services, limit);
  }

  async deadLetter(id: string): Promise<StoredDeadLetter | undefined> {
    return this.rows.deadLetters.find(id);
  }

  async requestReplay(selection: DeadLetterSelection): Promise<number> {
    return this.rows.deadLetters.mark(selection);
  }

  async dropDeadLetters(selection: DeadLetterSelection): Promise<number> {
    return this.rows.deadLetters.drop(selection);
  }

  async takeReplays(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<readonly StoredDeadLetter[]> {
    return this.rows.takeReplays(instance, services, deadBeforeMs, limit);
  }

  async endReplays(deadLetters: readonly Pick<StoredDeadLetter, 'id' | 'count'>[]): Promise<void> {
    this.rows.deadLetters.end(deadLetters);
  }

  async registerVersions(
    services: readonly string[],
    known: readonly MachineVersion[],
  ): Promise<readonly StoredVersion[]> {
    const actors = this.rows.actorsOf(services);
    const knownIds = new Set(known.map(versionId));
    const others = [...this.#versions.values()].filter(
      (version) => services.includes(version.service) && !knownIds.has(versionId(version)),
    );
    const stored = others
      .map((version) => storedIn(version, actors))
      .filter(({ count }) => count > 0);
    if (stored.length > 0) return stored;
    for (const version of others)
      if (!this.rows.processes.isRead(version)) this.#versions.delete(versionId(version));
    for (const { service, machine, version } of known)
      this.#versions.set(versionId({ service, machine, version }), { service, machine, version });
    return [];
  }

  async announce(instance: string, services: readonly RunService[]): Promise<void> {
    this.rows.processes.announce(instance, services);
  }

  async processes(
    services: readonly string[],
    aliveSinceMs: number,
  ): Promise<readonly ProcessService[]> {
    return this.rows.processes.processes(services, aliveSinceMs);
  }

  async beating(): Promise<readonly Beating[]> {
    return this.rows.instances.all;
  }

  async heldOutboxes(services: readonly string[]): Promise<readonly HeldOutbox[]> {
    return this.rows.outbox.held(services);
  }

  async releaseVersion(version: MachineVersion): Promise<void> {
    this.rows.processes.release(version);
  }

  async releasedVersions(services: readonly string[]): Promise<readonly MachineVersion[]> {
    return this.rows.processes.released(services);
  }

  async listActors(
    services: readonly string[],
    after: ActorAddress | undefined,
    limit: number,
  ): Promise<readonly StoredActor[]> {
    return actorsAfter(this.rows.actorsOf(services), after, limit);
  }

  async listTimers(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly TimerRow[]> {
    return timersAfter(this.rows.actorsOf(services), after, limit);
  }

  async listActivities(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly ActivityRow[]> {
    return activitiesAfter(this.rows.actorsOf(services), after, limit);
  }

  async listOutbox(
    services: readonly string[],
    afterId: string,
    limit: number,
  ): Promise<readonly OutboxRow[]> {
    const rows = this.rows.outbox.of(services);
    return rows.filter(({ id }) => id > afterId).slice(0, limit);
  }

  async listHistory(
    what: string,
    after: HistoryPosition,
    limit: number,
    naming = '',
  ): Promise<readonly HistoryLine[]> {
    const text = JSON.stringify(naming).slice(1, -1);
    return this.rows.history
      .after(what, after)
      .filter((line) => JSON.stringify(line).includes(text))
      .slice(0, limit);
  }
}
