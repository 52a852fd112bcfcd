/** Defects of the overrides: of an adoption, and of the record of a retirement. */
import type { LedgerWrites } from '../../../../actors/consent/ledger/store.ts';
import type { Adopting } from '../../../../actors/peer/adoption-rules.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import { record } from '../../../../runtime/step/effects.ts';
import { type Mutant, type StandIn, type StoresOfRun, withMachine } from './mutant.ts';

/** The ledger, with these arguments in place of those of an adoption. */
function adoptingThrough(
  ledgerStore: StandIn,
  given: Partial<LedgerWrites['adopt']['args']>,
): StandIn {
  return {
    name: ledgerStore.name,
    read: (op, args) => ledgerStore.read(op, args),
    apply: (tx, writes) =>
      ledgerStore.apply(
        tx,
        writes.map((write) => {
          if (write.op !== 'adopt') return write;
          const args = { ...(write.args as LedgerWrites['adopt']['args']), ...given };
          return { ...write, args };
        }),
      ),
  };
}

/** The former service stays on the lists that the successor does not take its place on. */
function stayingListed({ store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  return [store, adoptingThrough(ledgerStore, { leaves: [] })];
}

type Guard = (args: { readonly event: AdoptEvent }) => boolean;
type AdoptEvent = { readonly $: { readonly read: Adopting } };

/** The successor does not look at sagas that hold the nodes to which the adopted nodes refer. */
function withoutReferred(service: ServiceDefinition): ServiceDefinition {
  const adoption = service.machines.get('adoption');
  if (adoption === undefined) return service;
  const own = adoption.machine.implementations.guards['cannot'] as Guard;
  const cannot = ({ event }: { readonly event: AdoptEvent }) => {
    const { read } = event.$;
    const referred = new Set(read.nodes.flatMap(({ references }) => references.map(idOf)));
    const holds = read.holds.filter(({ nodeId }) => !referred.has(nodeId));
    return own({ event: { ...event, $: { ...event.$, read: { ...read, holds } } } });
  };
  return withMachine(service, 'adoption', { guards: { cannot } as never });
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

/** Nothing is needed by adopted nodes. */
function needingNothing({ store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  return [store, adoptingThrough(ledgerStore, { needed: [] })];
}

export const overrideMutants: readonly Mutant[] = [
  { name: 'an adoption leaves the former service on a list', stores: stayingListed },
  {
    name: 'an adoption takes a reference to what goes',
    owners: withoutReferred,
    stores: needingNothing,
  },
  {
    name: 'a retirement forgets its line in the record',
    owners: (service) =>
      withMachine(service, 'saga-operation', { actions: { recordRetired: record(() => []) } }),
  },
];
