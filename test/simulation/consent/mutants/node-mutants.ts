/** Defects of the parts of nodes: files, links, and code of somebody's own. */
import { type AnyStateMachine, createMachine } from 'xstate';
import type { NodeHooks, Nodes } from '../../../../actors/consent/nodes.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import type { LinkRow } from '../../../../actors/hierarchy/memory/memory-tables.ts';
import { identityOf } from '../../../../runtime/ports/identity.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import { type Publish, publish } from '../../../../runtime/step/effects.ts';
import type { Mutant, StandIn, StoresOfRun } from './mutant.ts';

/** The owners' saga with other hooks. */
function hooked(name: string, change: (hooks: NodeHooks) => NodeHooks): Mutant {
  return {
    name,
    machines: {
      deleteSaga: (settings, actors, nodes: Nodes) =>
        deleteSagaMachine(
          settings,
          actors,
          nodes.hooks === undefined ? nodes : { ...nodes, hooks: change(nodes.hooks) },
        ),
    },
  };
}

/** The writes of the code come in the next commit that has some. */
const lateWrites = (hooks: NodeHooks): NodeHooks => {
  let waiting: readonly Write[] = [];
  const { deleted } = hooks;
  if (deleted === undefined) return hooks;
  return {
    ...hooks,
    deleted: (...given) => {
      const added = deleted(...given);
      const writes = waiting;
      waiting = added.writes;
      return { ...added, writes };
    },
  };
};

/** A link stays when the linked node goes. */
function keepingLinks({ tables, store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  const keyOf = ({ nodeId, name, id }: LinkRow) => identityOf(nodeId, name, id);
  const kept: StandIn = {
    name: store.name,
    read: (op, args) => store.read(op, args),
    apply: async (tx, writes) => {
      const before = [...tables.links.values()];
      await store.apply(tx, writes);
      const isGone = (id: string) => tables.nodes.get(id) === undefined;
      for (const row of before)
        if (isGone(row.id) && !isGone(row.nodeId)) tables.links.put(tx, keyOf(row), row);
    },
  };
  return [kept, ledgerStore];
}

/** Asks for the removal of files when the nodes are decided. */
const filesEarly: Mutant = {
  name: 'a file of a node goes before its row',
  machines: {
    deleteSaga: (settings, actors, nodes) => {
      const machine: AnyStateMachine = deleteSagaMachine(settings, actors, nodes);
      const { files } = settings;
      return files === undefined ? machine : askingEarly(machine, files.remover);
    },
  },
};

type Engaged = { readonly context: { readonly nodes: readonly { readonly id: string }[] } };

/** The name of a node begins its id, as in `names.ts`. */
function nameOf(id: string): string {
  return Buffer.from(id.slice(0, 8), 'hex').toString('latin1').replaceAll('\0', '');
}

function askingEarly(
  { config, implementations }: AnyStateMachine,
  remover: Pick<Publish, 'exchange' | 'routingKey'>,
): AnyStateMachine {
  const { states = {} } = config as { states?: Readonly<Record<string, { entry?: unknown }>> };
  const entry = [states['cleaning']?.entry ?? [], 'askEarly'].flat();
  const askEarly = publish(({ context }: Engaged) =>
    context.nodes.map(({ id }) => {
      const data = { url: `file:///of-nodes/${nameOf(id)}/0` };
      return { ...remover, action: 'remove', data, messageId: `early ${id}` };
    }),
  );
  return createMachine(
    { ...config, states: { ...states, cleaning: { ...states['cleaning'], entry } } } as never,
    { ...implementations, actions: { ...implementations.actions, askEarly } } as never,
  );
}

export const nodeMutants: readonly Mutant[] = [
  filesEarly,
  hooked('a file goes with the first of two nodes', (hooks) => ({
    ...hooks,
    deleted: (nodes, saga, atMs) =>
      hooks.deleted?.(nodes, saga, atMs, []) ?? { writes: [], messages: [] },
  })),
  hooked("a hook's write is outside the commit", lateWrites),
  { name: 'a link outlives its end', stores: keepingLinks },
];
