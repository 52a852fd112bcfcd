/** Defects of the overrides: of an adoption, and of the record of a retirement. */
import type { LedgerWrites } from '../../../../actors/consent/ledger/store.ts';
import { record } from '../../../../runtime/step/effects.ts';
import { type Mutant, type StandIn, type StoresOfRun, withMachine } from './mutant.ts';

/** The former service stays on the lists that the successor does not take its place on. */
function stayingListed({ store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  const ledger: StandIn = {
    name: ledgerStore.name,
    read: (op, args) => ledgerStore.read(op, args),
    apply: (tx, writes) =>
      ledgerStore.apply(
        tx,
        writes.map((write) => {
          if (write.op !== 'adopt') return write;
          const args: LedgerWrites['adopt']['args'] = {
            ...(write.args as LedgerWrites['adopt']['args']),
            leaves: [],
          };
          return { ...write, args };
        }),
      ),
  };
  return [store, ledger];
}

export const overrideMutants: readonly Mutant[] = [
  { name: 'an adoption leaves the former service on a list', stores: stayingListed },
  {
    name: 'a retirement forgets its line in the record',
    owners: (service) =>
      withMachine(service, 'saga-operation', { actions: { recordRetired: record(() => []) } }),
  },
];
