/** Who has done what was asked about which node, of a thousand voters or a thousand nodes. */

export interface Pair {
  readonly voter: string;
  readonly nodeId: string;
}

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

  hasAll(voter: string, nodeIds: readonly string[]): boolean {
    return nodeIds.every((nodeId) => this.has(voter, nodeId));
  }
}

/** How many pairs are asked for; each stands in one ballot. */
export function pairsIn(ballots: readonly { readonly voters: readonly string[]; readonly nodeIds: readonly string[] }[]): number {
  return ballots.reduce((sum, { voters, nodeIds }) => sum + voters.length * nodeIds.length, 0);
}
