/** Who has done what was asked about which node, of a thousand voters or a thousand nodes. */

export type Pair = {
  readonly voter: string;
  readonly nodeId: string;
};

/** Who is asked about what, in one message. Each pair stands in one of them at most. */
type Asking = {
  readonly voters: readonly string[];
  readonly nodeIds: readonly string[];
};

/** Pairs, looked up without going through them. */
export class PairSet {
  readonly #nodes = new Map<string, Set<string>>();

  constructor(pairs: readonly Pair[]) {
    for (const { voter, nodeId } of pairs) {
      const nodes = this.#nodes.get(voter);
      if (nodes === undefined) this.#nodes.set(voter, new Set([nodeId]));
      else nodes.add(nodeId);
    }
  }

  has(voter: string, nodeId: string): boolean {
    return this.#nodes.get(voter)?.has(nodeId) ?? false;
  }

  /** Of those who are asked, the ones that have not done it for every node. */
  missingOf({ voters, nodeIds }: Asking): readonly string[] {
    return voters.filter((voter) => nodeIds.some((nodeId) => !this.has(voter, nodeId)));
  }
}

/** How many pairs are asked for. */
export function pairsIn(ballots: readonly Asking[]): number {
  return ballots.reduce((sum, { voters, nodeIds }) => sum + voters.length * nodeIds.length, 0);
}
