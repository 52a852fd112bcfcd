/**
 * Pairs of a voter and a node, to tell who has answered about which node. Pure.
 *
 * A saga may have a thousand voters and a thousand nodes, so pairs are looked up in a set and never
 * searched for in a list.
 */

export type Pair = {
  readonly voter: string;
  readonly nodeId: string;
};

/** All pairs of some voters and some nodes. */
type Product = {
  readonly voters: readonly string[];
  readonly nodeIds: readonly string[];
};

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

  /** The pairs that are not in the set. */
  lacking(pairs: readonly Pair[]): readonly Pair[] {
    return pairs.filter(({ voter, nodeId }) => !this.has(voter, nodeId));
  }

  /** The voters without a pair for at least one of the nodes. */
  missingOf({ voters, nodeIds }: Product): readonly string[] {
    return voters.filter((voter) => nodeIds.some((nodeId) => !this.has(voter, nodeId)));
  }
}

/** The number of pairs in several products that share no pair. */
export function pairsIn(products: readonly Product[]): number {
  return products.reduce((sum, { voters, nodeIds }) => sum + voters.length * nodeIds.length, 0);
}
