/**
 * The participant of the simulation: orders that depend on nodes of any entity, made by
 * `defineParticipant` over a table, as a user makes a service.
 *
 * 1. An open order forbids the deletion of its node, and of some entities also the update.
 * 2. After a decision the orders of some entities are archived, and those of others are removed.
 * 3. An order that is dropped or moved by a request may be the last one of its node.
 */
import { Type } from 'typebox';
import type { ConsentMachines } from '../../../actors/peer/consent-machines.ts';
import type { JsonObject } from '../../../config/json.ts';
import { type DependsOn, defineParticipant, defineTable, type RowOf } from '../../../index.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { type Entity, type Owned, participantConfig } from './entities.ts';

export const ordersName = 'orders';

const orders = defineTable(ordersName, {
  row: Type.Object({
    nodeId: Type.String(),
    state: Type.String(),
    archived: Type.Boolean(),
    /** The number of updates of the node that this service has carried out for the order. */
    updates: Type.Number(),
  }),
  by: ['nodeId'],
});
export const ordersTable = orders;

export type OrderRow = RowOf<typeof orders>;
type Rules = DependsOn<OrderRow>;

export function isOpen({ state, archived }: Pick<OrderRow, 'state' | 'archived'>): boolean {
  return state === 'open' && !archived;
}

const veto: Required<Rules>['mayDelete'] = ({ dependants }) => {
  const open = dependants.find(isOpen);
  return open && `the order ${open.id} is open`;
};
const archive: Required<Rules>['deleting'] = ({ dependants }) =>
  dependants.map((row) => orders.change(row, { archived: true }));
const remove: Required<Rules>['deleting'] = ({ dependants }) => dependants.map(orders.remove);
const count: Required<Rules>['updating'] = ({ dependants }) =>
  dependants.map((row) => orders.change(row, { updates: row.updates + 1 }));

const rows = orders.by('nodeId');
const rulesOf: Readonly<Record<Owned, Rules>> = {
  objects: { rows, mayDelete: veto, deleting: archive, mayUpdate: veto, updating: count },
  tags: { rows, mayDelete: veto, deleting: remove, updating: count },
  alerts: { rows, mayDelete: veto, deleting: archive },
  methods: { rows, mayDelete: veto, deleting: remove, mayUpdate: veto },
  constants: { rows, mayDelete: veto, deleting: archive, updating: count },
  contracts: { rows, mayDelete: veto, deleting: archive, mayUpdate: veto },
};

/** The entities whose updates are counted in the orders. */
export function countsUpdates(entity: Entity): boolean {
  return rulesOf[entity].updating !== undefined;
}

const place = { entity: Type.String(), nodeId: Type.String() };
const onNode = ({ entity, nodeId }: { readonly entity: string; readonly nodeId: string }) => ({
  [entity]: [nodeId],
});
const requests = {
  open: {
    schema: Type.Object({ id: Type.String(), ...place }),
    on: onNode,
    writes: ({ id, nodeId }: { readonly id: string; readonly nodeId: string }) =>
      orders.add(id, { nodeId, state: 'open', archived: false, updates: 0 }),
  },
  reopen: {
    schema: Type.Object({ id: Type.String(), ...place }),
    on: onNode,
    writes: ({ id }: { readonly id: string }) => orders.set(id, { state: 'open' }),
  },
  move: {
    schema: Type.Object({ id: Type.String(), ...place }),
    on: onNode,
    writes: ({ id, nodeId }: { readonly id: string; readonly nodeId: string }) =>
      orders.set(id, { nodeId }),
  },
  drop: {
    schema: Type.Object({ id: Type.String() }),
    writes: ({ id }: { readonly id: string }) => orders.drop(id),
  },
  close: {
    schema: Type.Object({ id: Type.String() }),
    writes: ({ id }: { readonly id: string }) => orders.set(id, { state: 'closed' }),
  },
};

const notHere = (): Promise<never> => Promise.reject(new Error('it is given with the run'));

/** The participant, with these further sections. Each run gives the service its stores. */
export function defineOrders(
  cast: readonly Owned[],
  given: JsonObject,
  machines: ConsentMachines,
): ServiceDefinition {
  const config = participantConfig(ordersName, cast, given);
  const dependsOn = Object.fromEntries(cast.map((entity) => [entity, rulesOf[entity]]));
  const { define } = defineParticipant({ config, stores: [orders], requests, dependsOn }, machines);
  return define(config, {
    store: (name) => ({ name, read: notHere }),
    locks: { acquire: notHere, keep: () => undefined, release: notHere, close: notHere },
  });
}
