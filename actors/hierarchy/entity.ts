/** The tables of `migrations.ts` as MikroORM knows them. */
import { defineEntity, p } from '@mikro-orm/core';
import type { Attributes, EngagementState, LockMode, PromiseState, UnheldSaga } from './store.ts';
import type { NodeKind } from './tree-node.ts';

export const NodeEntity = defineEntity({
  name: 'HierarchyNode',
  tableName: 'nodes',
  schema: '*',
  properties: {
    id: p.uuid().primary(),
    /** The id alone: paths are walked by recursive statements, never by loading relations. */
    parentId: p.uuid().nullable(),
    cn: p.string(),
    objectClass: p.string(),
    kind: p.string().$type<NodeKind>(),
    service: p.string().nullable(),
    attributes: p.json<Attributes>(),
    sortIndex: p.double().$type<number>().nullable(),
    isDefault: p.boolean(),
    aliasOf: p.uuid().nullable(),
    epoch: p.integer(),
    seq: p.bigint('number').autoincrement(),
  },
});

export const EngagementEntity = defineEntity({
  name: 'HierarchyEngagement',
  tableName: 'engagements',
  schema: '*',
  properties: {
    nodeId: p.string().primary(),
    saga: p.string().primary(),
    service: p.string(),
    mode: p.string().$type<LockMode>(),
    state: p.string().$type<EngagementState>(),
    through: p.json<readonly string[]>(),
    actor: p.string().nullable(),
    age: p.string().nullable(),
  },
});

export const PromiseEntity = defineEntity({
  name: 'HierarchyPromise',
  tableName: 'promises',
  schema: '*',
  properties: {
    service: p.string().primary(),
    nodeId: p.string().primary(),
    saga: p.string().primary(),
    mode: p.string().$type<LockMode>(),
    state: p.string().$type<PromiseState['state']>(),
  },
});

export const NodeTombstoneEntity = defineEntity({
  name: 'HierarchyTombstone',
  tableName: 'node_tombstones',
  schema: '*',
  properties: {
    nodeId: p.string().primary(),
    service: p.string().primary(),
    saga: p.string().primary(),
    atMs: p.double().$type<number>(),
  },
});

export const UnheldSagaEntity = defineEntity({
  name: 'HierarchyUnheldSaga',
  tableName: 'unheld_sagas',
  schema: '*',
  properties: {
    saga: p.string().primary(),
    service: p.string().primary(),
    state: p.string().$type<UnheldSaga['state']>(),
    mode: p.string().$type<LockMode>(),
    nodeIds: p.json<readonly string[]>(),
    actor: p.string(),
    age: p.string(),
    requestedBy: p.string().nullable(),
    atMs: p.double().$type<number>(),
  },
});

export const LinkEntity = defineEntity({
  name: 'HierarchyLink',
  tableName: 'links',
  schema: '*',
  properties: {
    service: p.string().primary(),
    nodeId: p.string().primary(),
    generation: p.integer(),
    givenUp: p.integer(),
    version: p.integer(),
  },
});
