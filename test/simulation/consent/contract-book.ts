/**
 * The contracts of a run, derived from the commits of the owner alone: from the writes of its table.
 *
 * 1. One pass over each commit, before the invariants look at its events.
 */
import { ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { PlannedContract } from './consent-plan.ts';
import { type ContractRow, contractsName, contractsTable } from './contracts.ts';
import { idOf } from './names.ts';

export type Contract = ContractRow;

/** An event of the contracts that an invariant checks at its moment. */
export type ContractEvent =
  /** The contract is new, or depends on another node than before. */
  | { readonly what: 'contract placed'; readonly contract: Contract }
  | { readonly what: 'contract held'; readonly contract: Contract }
  /** `contract`: as the row was before. */
  | { readonly what: 'contract removed'; readonly contract: Contract };

export class ContractBook {
  readonly contracts = new Map<string, Contract>();
  readonly store: Store<UndoLog> = contractsTable.memory();

  /** The contracts that depend on the node. */
  of(nodeId: string): readonly Contract[] {
    return [...this.contracts.values()].filter((contract) => contract.nodeId === nodeId);
  }

  /** Writes the contracts of the start, and the owner's side of their subscriptions. */
  async begin(rows: readonly PlannedContract[], ledger: Store<UndoLog>): Promise<void> {
    const links = new Map(rows.map(({ node, nodeOf }) => [idOf(node), nodeOf]));
    const linked = [...links].map(([nodeId, entity]) =>
      ledgerWrite('link', { service: contractsName, nodeId, generation: 1, entity }, null),
    );
    await ledger.apply(noUndo, linked);
    const added = rows.map(({ name, node, held }) =>
      contractsTable.add(idOf(name), { nodeId: idOf(node), held }),
    );
    await this.store.apply(noUndo, added);
    for (const write of added) this.#apply(write);
  }

  /** Takes a commit and gives its events. */
  take(turns: readonly TurnCommit[]): readonly ContractEvent[] {
    return turns
      .filter(({ address: { service } }) => service === contractsName)
      .flatMap(({ writes }) => writes.filter(({ store }) => store === contractsTable.name))
      .flatMap((write) => this.#written(write));
  }

  #written(write: Write): readonly ContractEvent[] {
    const { id } = write.args as { readonly id: string };
    const before = this.contracts.get(id);
    this.#apply(write);
    const after = this.contracts.get(id);
    if (after === undefined)
      return before === undefined ? [] : [{ what: 'contract removed', contract: before }];
    const placed = after.nodeId !== before?.nodeId;
    const held = after.held && before?.held !== true;
    return [
      ...(placed ? [{ what: 'contract placed', contract: after } as const] : []),
      ...(held ? [{ what: 'contract held', contract: after } as const] : []),
    ];
  }

  #apply({ op, args }: Write): void {
    const { id, data = {} } = args as { readonly id: string; readonly data?: JsonObject };
    if (op === 'remove' || op === 'drop') this.contracts.delete(id);
    else if (op !== 'expect') {
      const { version = 0, ...before } = this.contracts.get(id) ?? {};
      this.contracts.set(id, { ...before, ...data, id, version: version + 1 } as Contract);
    }
  }
}
