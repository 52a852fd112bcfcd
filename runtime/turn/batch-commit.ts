/**
 * Commits the turns of a batch with the turns of their chains: one commit, all or none. A chain
 * with an open commit (`chain-commit.ts`) is committed there.
 *
 * Invariants:
 * - Committed actors are kept in the cache of live families.
 * - In doubt: when a failed commit may have happened all the same, the process gives up its name in
 *   the journal (`instance-name.ts`).
 */
import type { Input } from '../messages/input.ts';
import { Broken, Conflict, Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { InstanceName } from '../ports/instance-name.ts';
import type { Journal } from '../ports/journal.ts';
import type { TurnCommit } from '../ports/journal-rows.ts';
import type { Tracer } from '../ports/tracing.ts';
import type { AfterCommit } from '../step/effects.ts';
import { reachBatch } from './batch-failpoints.ts';
import type { Chain, Link } from './chain.ts';
import type { EphemeralInbox } from './ephemeral-inbox.ts';
import type { FamilyCache } from './family-cache.ts';
import type { FusionPorts } from './fusion.ts';
import type { Work } from './mailbox.ts';
import type { Turn } from './turn.ts';

export interface BatchCommitOptions {
  readonly journal: Pick<Journal, 'commit'>;
  /**
   * The name under which outbox rows and activities are committed. Put in doubt when a failed
   * commit may have happened.
   */
  readonly instance: InstanceName;
  /** As in `TurnDraftPorts`. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints: Failpoints;
  /** Outbox rows whose messages are published, for a commit to delete. */
  readonly confirmed: Confirmed;
  /** Live actors. */
  readonly families: FamilyCache;
  /** For ephemeral machines, whose messages are in no stored inbox. */
  readonly ephemeralInbox?: EphemeralInbox;
  /** Hands messages over within a batch. Undefined: all messages are carried. */
  readonly fusing?: FusionPorts;
}

/** Confirmed outbox rows: a commit takes them, and then says whether it has deleted them. */
export interface Confirmed {
  take(): readonly string[];
  forgotten(ids: readonly string[]): void;
  giveBack(ids: readonly string[]): void;
}

export interface CommittedTurn {
  readonly commit: TurnCommit;
  /** The inputs in the commit. */
  readonly handled: readonly Input[];
  /** The inputs that are not in the commit, because the turn ended before them. */
  readonly left: readonly Input[];
  /** The functions that machines have asked for with `afterCommit`. */
  readonly afterCommit: readonly AfterCommit[];
}

const noInputs: readonly Input[] = [];

export class BatchCommit {
  readonly #options: BatchCommitOptions;

  constructor(options: BatchCommitOptions) {
    this.#options = options;
  }

  /** All turns with their chains, or none. The turns of the chains come last in the result. */
  async commit(
    batch: readonly Work[],
    turns: readonly Turn[],
    chains: readonly Chain[],
  ): Promise<readonly CommittedTurn[]> {
    const { failpoints, tracer } = this.#options;
    for (const { commit } of chains) commit.check();
    const links = chains.flatMap((chain) => chain.committed);
    const further = links.map(({ turn }) => turn.turn());
    const all = links.length === 0 ? turns : [...turns, ...further];
    const works = links.length === 0 ? batch : [...batch, ...links.map(linkWork)];
    reachBatch(failpoints, 'turn.before-commit', works);
    const open = chains.find(({ commit }) => commit.isOpen);
    await this.#write(
      all.map(({ commit }) => commit),
      open?.commit ?? this.#options.journal,
    );
    const committed = works.map((work, index) => committedTurn(work, all[index] as Turn));
    if (tracer !== undefined) endSpans(turns, chains);
    this.#note(committed);
    this.#noteChains(chains);
    reachBatch(failpoints, 'turn.committed', works, all);
    for (const [index, { slot }] of batch.entries()) this.#keep(slot.id, turns[index] as Turn);
    for (const [index, { slot, isEphemeral }] of links.entries())
      if (!isEphemeral) this.#keep(slot.id, further[index] as Turn);
    return committed;
  }

  async #write(commits: readonly TurnCommit[], journal: Pick<Journal, 'commit'>): Promise<void> {
    const { instance, confirmed } = this.#options;
    const rows = confirmed.take();
    await journal.commit(instance.current, commits, rows).catch((error: unknown) => {
      confirmed.giveBack(rows);
      if (!(error instanceof Conflict || error instanceof Refused || error instanceof Broken))
        instance.doubt();
      throw error;
    });
    confirmed.forgotten(rows);
  }

  #noteChains(chains: readonly Chain[]): void {
    const { families, fusing } = this.#options;
    for (const { links, delivered } of chains) {
      for (const message of delivered) message.delivered();
      for (const { noted, isEphemeral } of links)
        for (const input of noted) {
          families.handled(input);
          if (isEphemeral) fusing?.ephemeral.handled(input);
        }
    }
  }

  #note(committed: readonly CommittedTurn[]): void {
    const { families, ephemeralInbox } = this.#options;
    for (const { handled } of committed)
      for (const input of handled) {
        families.handled(input);
        ephemeralInbox?.handled(input);
      }
  }

  #keep(id: string, { commit, family }: Turn): void {
    const { families } = this.#options;
    if (commit.record === null || family === undefined) families.drop(id);
    else families.put(id, commit, family);
  }
}

/** The first link of a chain is its root, whose turn is one of `turns`. */
function endSpans(turns: readonly Turn[], chains: readonly Chain[]): void {
  for (const { spans } of turns) spans?.end();
  for (const { links } of chains) for (const { turn } of links.slice(1)) turn.spans?.end();
}

/** The messages of a chain have no delivery to be acknowledged. */
function linkWork({ slot }: Link): Work {
  return { slot, inputs: noInputs };
}

function committedTurn(
  { inputs }: Work,
  { commit, outcomes: { length }, afterCommit }: Turn,
): CommittedTurn {
  return length === inputs.length
    ? { commit, handled: inputs, left: noInputs, afterCommit }
    : { commit, handled: inputs.slice(0, length), left: inputs.slice(length), afterCommit };
}
