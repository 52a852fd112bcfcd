/** Defects of the ends: of a retention, and of a hold that a deletion waits for. */
import { keyOf } from '../../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import type { Args } from '../../../../actors/voter/context.ts';
import { isUnproven } from '../../../../actors/voter/proofs.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { noUndo } from '../../../../runtime/ports/undo-log.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import {
  assigning,
  type Mutant,
  replaced,
  type StandIn,
  type StoresOfRun,
  withMachine,
} from './mutant.ts';

function isEnd({ event }: Args): boolean {
  const { data } = event as { readonly data?: { readonly retention_ended?: boolean } };
  return data?.retention_ended === true;
}

/** Every old tombstone goes. */
function pruningEverything({ store, ledgerStore, ledger }: StoresOfRun): readonly StandIn[] {
  const { name } = ledgerStore;
  const pruning: StandIn = {
    name,
    read: (op, args) => ledgerStore.read(op, args),
    apply: (tx, writes) => ledgerStore.apply(tx, writes),
    prune: async (_tx, beforeMs) => {
      const old = [...ledger.tombstones.values()].filter(({ atMs }) => atMs < beforeMs);
      for (const { nodeId, service, saga } of old)
        ledger.tombstones.drop(noUndo, keyOf(nodeId, service, saga));
      return old.length;
    },
  };
  return [store, pruning];
}

/** An owner takes an inquiry about an end for one about the decision. */
function confirmingEnds({ store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  const { name } = ledgerStore;
  const confirming: StandIn = {
    name,
    read: (op, args) => {
      const { endFor: _end, ...asked } = args as JsonObject;
      return ledgerStore.read(op, op === 'engagementStates' ? (asked as Json) : args);
    },
    apply: (tx, writes) => ledgerStore.apply(tx, writes),
  };
  return [store, confirming];
}

/** An owner does not compare the hops of a promise with its own. */
function withoutHops({ store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  const { name } = ledgerStore;
  const forgetting: StandIn = {
    name,
    read: async (op, args) => {
      const found = await ledgerStore.read(op, args);
      if (op !== 'engagementStates') return found;
      return (found as readonly JsonObject[]).map(({ hops: _hops, ...state }) => state);
    },
    apply: (tx, writes) => ledgerStore.apply(tx, writes),
  };
  return [store, forgetting];
}

/** The machine keeps the activities of its children, which a new definition would not find. */
function believingEnds(service: ServiceDefinition): ServiceDefinition {
  const own = service.machines.get('voter');
  if (own === undefined) throw new Error(`${service.name} has no voter`);
  const guards = {
    isUnproven: (args: Args) => !isEnd(args) && isUnproven(args.context, args.event),
  };
  const changed = { ...own, machine: replaced(own.machine, { guards }) };
  return { ...service, machines: new Map(service.machines).set('voter', changed) };
}

export const endMutants: readonly Mutant[] = [
  {
    name: 'a retention is forgotten',
    machines: {
      deleteSaga: (...given) =>
        replaced(deleteSagaMachine(...given), {
          actions: { keepRetentions: publish(() => []) },
        }),
    },
  },
  {
    name: 'the end of a retention counts without an inquiry',
    hook: believingEnds,
  },
  { name: 'a decision confirms the end of what is kept', stores: confirmingEnds },
  {
    name: 'a refused end is told again under its id',
    machines: {
      cleanUp: replaced(cleanUpMachine, { actions: { countRefusal: assigning(() => ({})) } }),
    },
  },
  { name: 'promises in a circle confirm each other', stores: withoutHops },
  { name: 'tombstones go while a retention is open', stores: pruningEverything },
  {
    name: 'a retry starts before its hold has ended',
    owners: (service) => withMachine(service, 'held-deletion', { delays: { end: 1 } }),
  },
  {
    name: 'silence gives a held deletion up',
    owners: (service) =>
      withMachine(service, 'held-deletion', { guards: { isUnanswered: () => false } }),
  },
];
