/** One journal under test with what stands beside it, and how it is had. */
import type { ActorAddress } from '../../../runtime/ports/address.ts';
import type { FailpointName, Failpoints } from '../../../runtime/ports/failpoints.ts';
import type { Journal, Loaded } from '../../../runtime/ports/journal.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { assert } from '../../support/suite.ts';
import { anActor, nobody } from './samples.ts';

export interface JournalUnderTest {
  readonly journal: Journal;
  /** What the store beside it holds. */
  names(): Promise<Json>;
}

/** How a kind of journal is had. */
export interface JournalBench {
  /** An open journal that holds nothing, and an empty store beside it. */
  fresh(failpoints: Failpoints): Promise<JournalUnderTest>;
  /** The same after a restart: what was open has been closed, what is stored is there. */
  reopened(failpoints: Failpoints): Promise<JournalUnderTest>;
  /** Closes what is open and takes away what is stored. */
  end(): Promise<void>;
}
/** Throws at one failpoint while `at` names it. */
export class Breaking implements Failpoints {
  at: FailpointName | undefined;

  reach(name: FailpointName): void {
    if (name === this.at) throw new Error(`broken at ${name}`);
  }
}

/** What one test of the contract works with. */
export class Bench {
  readonly journal: Journal;
  readonly names: () => Promise<Json>;
  readonly failpoints: Breaking;

  constructor({ journal, names }: JournalUnderTest, failpoints: Breaking) {
    this.journal = journal;
    this.names = names;
    this.failpoints = failpoints;
  }

  async loaded(
    address: ActorAddress = anActor,
    messageIds: readonly string[] = [],
  ): Promise<Loaded | undefined> {
    const [first] = await this.journal.load([{ address, messageIds }]);
    return first;
  }

  async assertEmpty(): Promise<void> {
    assert.equal(await this.journal.counts(), { ...nobody, actors: 0, inbox: 0 });
    assert.equal(await this.names(), []);
  }
}
