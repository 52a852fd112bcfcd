/**
 * The dependences that operators have given up: `retire` took a service off the list of a node,
 * although nodes of the service depend on the node by reference. Derived from commits alone.
 *
 * 1. A dependence is given up until the service stands on the list again, by a subscription or an
 *    adoption. A node that was removed meanwhile stays given up.
 * 2. Only references are given up. Below its nodes an owner sees the nodes of the service, and
 *    nothing is decided over them.
 */
import { type LedgerWrites, ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Write } from '../../../runtime/ports/store.ts';

export class GivenUp {
  readonly #nodes = new Map<string, Set<string>>();

  /** Whether the dependence of the service on the node is given up. */
  has(service: string | null, nodeId: string): boolean {
    return this.#nodes.get(service ?? '')?.has(nodeId) ?? false;
  }

  take(turns: readonly TurnCommit[]): void {
    for (const { writes } of turns) {
      for (const write of writes) if (write.store === ledgerStoreName) this.#written(write);
    }
  }

  #written({ op, args }: Write): void {
    if (op === 'retire') {
      const { subscriber, nodeIds } = args as LedgerWrites['retire']['args'];
      const given = this.#nodes.get(subscriber) ?? new Set();
      this.#nodes.set(subscriber, given);
      for (const nodeId of nodeIds) given.add(nodeId);
    }
    if (op === 'subscribe') {
      const { subscriber, nodeId } = args as LedgerWrites['subscribe']['args'];
      this.#nodes.get(subscriber)?.delete(nodeId);
    }
    if (op === 'adopt') {
      const { service, on } = args as LedgerWrites['adopt']['args'];
      for (const { nodeId } of on) this.#nodes.get(service)?.delete(nodeId);
    }
  }
}
