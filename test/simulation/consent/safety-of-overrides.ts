/** Every override of the lists stands in the record, with its operator and reason. */
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { Invariant } from '../../../testing/simulation/system.ts';

const overrides: ReadonlySet<string> = new Set(['retire', 'adopt']);

function isRecord({ line }: HistoryLine, op: string): boolean {
  const { what, operation, by, why } = line as Readonly<Record<string, unknown>>;
  return what === 'operator' && operation === op && Boolean(by) && Boolean(why);
}

/** The line is in the commit of the override, so that no crash separates them. */
export function overridesAreRecorded(): Invariant {
  return {
    name: 'overrides are recorded',
    committed: (turns) => {
      for (const { address, writes, history } of turns) {
        const done = writes.find(({ store, op }) => store === ledgerStoreName && overrides.has(op));
        if (done !== undefined && !history.some((line) => isRecord(line, done.op)))
          return `${address.service} commits '${done.op}', and no line of the record says by whom`;
      }
      return undefined;
    },
  };
}
