/**
 * The owner of the simulation: contracts, made by `defineOwner` over a table, as a user makes a
 * service. Others depend on contracts, and each contract depends on a node of the hierarchy.
 *
 * 1. A contract goes along with its node, after everybody who depends on the contract has agreed.
 * 2. A held contract forbids its deletion, alone and along with its node.
 */
import { Type } from 'typebox';
import type { ConsentMachines } from '../../../actors/peer/consent-machines.ts';
import type { JsonObject } from '../../../config/json.ts';
import { defineOwner, defineTable, type RowOf } from '../../../index.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { type Entity, ownerConfig, serviceOf } from './entities.ts';

export const contractsName = serviceOf('contracts');

const contracts = defineTable('contracts', {
  row: Type.Object({
    nodeId: Type.String(),
    held: Type.Boolean(),
    /** The name of the last update. */
    note: Type.Optional(Type.String()),
  }),
  by: ['nodeId'],
});
export const contractsTable = contracts;

export type ContractRow = RowOf<typeof contracts>;

const Id = Type.String({ format: 'uuid' });
const OnNode = Type.Object({ id: Id, entity: Type.String(), nodeId: Id });
type OnNodeData = { readonly id: string; readonly entity: string; readonly nodeId: string };
const on = ({ entity, nodeId }: OnNodeData) => ({ [entity]: [nodeId] });

const requests = {
  sign: {
    schema: OnNode,
    on,
    writes: ({ id, nodeId }: OnNodeData) => contracts.add(id, { nodeId, held: false }),
  },
  move: {
    schema: OnNode,
    on,
    writes: ({ id, nodeId }: OnNodeData) => contracts.set(id, { nodeId }),
  },
  hold: {
    schema: Type.Object({ id: Id }),
    writes: ({ id }: { readonly id: string }) => contracts.set(id, { held: true }),
  },
  free: {
    schema: Type.Object({ id: Id }),
    writes: ({ id }: { readonly id: string }) => contracts.set(id, { held: false }),
  },
};

const notHere = (): Promise<never> => Promise.reject(new Error('it is given with the run'));

/** The owner, with these further sections. Each run gives the service its stores. */
export function defineContracts(
  cast: readonly Entity[],
  given: JsonObject,
  machines: ConsentMachines,
): ServiceDefinition {
  const config = ownerConfig('contracts', cast, given);
  const rows = contracts.by('nodeId');
  const { define } = defineOwner(
    {
      config,
      owns: {
        table: contracts,
        class: 'contract',
        mayDelete: ({ id, held }) => (held ? `the contract ${id} is held` : undefined),
      },
      requests,
      dependsOn: Object.fromEntries(cast.map((entity) => [entity, { rows, along: true as const }])),
    },
    machines,
  );
  return define(config, {
    store: (name) => ({ name, read: notHere }),
    locks: { acquire: notHere, keep: () => undefined, release: notHere, close: notHere },
  });
}
