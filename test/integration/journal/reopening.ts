/**
 * A process commits one turn after the other and is killed, again and again; the next one opens what it has left, and goes on.
 *
 * 1. One of four is killed while it opens; the others after so many commits as chance says, somewhere in the commit after.
 * 2. Lost is a turn of which a process said that it is committed, and that the next one does not find.
 */
import { systemClock } from '../../../runtime/ports/clock.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { startJournalProcess } from './child-process.ts';
import type { StoredCommits } from './stored-commits.ts';

export interface ReopeningOptions {
  /** Of the database: a folder, or a schema. */
  readonly url: string;
  /** Kills, each with an opening after it. */
  readonly cycles: number;
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

export interface ReopeningReport {
  readonly cycles: number;
  readonly seed: number;
  /** Processes that were killed while they opened it. */
  readonly killedOpening: number;
  /** Turns of which a process said that they are committed. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Openings that found a part of a turn without the rest, or turns nobody made. */
  readonly torn: number;
  readonly findings: readonly string[];
}

const commitsMax = 30;
/** About what opening takes. */
const openingMaxMs = 1_000;

class Reopening {
  readonly #url: string;
  readonly findings: string[] = [];
  killedOpening = 0;
  /** The highest turn that was said to be committed. */
  acknowledged = 0;
  lost = 0;
  torn = 0;

  constructor(url: string) {
    this.#url = url;
  }

  async killOpening(afterMs: number): Promise<void> {
    const child = startJournalProcess('commit', this.#url);
    await child.printed(1);
    await new Promise<void>((resolve) => void systemClock.after(afterMs, resolve));
    await child.kill();
    if (child.lines.length === 1) this.killedOpening += 1;
    this.#heard(child.lines);
  }

  /** Without commits it is opened and looked at only. */
  async killAfter(commits: number): Promise<void> {
    const child = startJournalProcess('commit', this.#url);
    await child.printed(2 + commits);
    await child.kill();
    this.#heard(child.lines);
  }

  #heard([, found, ...committed]: readonly string[]): void {
    if (found !== undefined) this.#compare(JSON.parse(found) as StoredCommits);
    this.acknowledged = Number(committed.at(-1) ?? this.acknowledged);
  }

  /** One turn more may be there: it was committed, and its process killed before it could say so. */
  #compare({ version, torn }: StoredCommits): void {
    const before = this.acknowledged;
    const wrong =
      version > before + 1 ? [...torn, `${version} turns, of which ${before} were made`] : torn;
    this.lost += Math.max(0, before - version);
    this.torn += wrong.length > 0 ? 1 : 0;
    if (version < before) this.findings.push(`${before} were acknowledged, ${version} are there`);
    this.findings.push(...wrong);
    // What was found counts from now on: it must be there next time too.
    this.acknowledged = version;
  }
}

export async function reopenings({
  url,
  cycles,
  seed,
  onProgress = () => undefined,
}: ReopeningOptions): Promise<ReopeningReport> {
  const chance = seededChance(seed);
  const reopening = new Reopening(url);
  for (let n = 1; n <= cycles; n += 1) {
    const opening = n % 4 === 0;
    const drawn = chance();
    if (opening) await reopening.killOpening(Math.floor(drawn * openingMaxMs));
    else await reopening.killAfter(1 + Math.floor(drawn * commitsMax));
    onProgress(`${n}: killed ${opening ? 'while it opened' : `at turn ${reopening.acknowledged}`}`);
  }
  await reopening.killAfter(0);
  const { killedOpening, acknowledged, lost, torn, findings } = reopening;
  return { cycles, seed, killedOpening, acknowledged, lost, torn, findings };
}
