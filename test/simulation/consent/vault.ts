/**
 * The vault of the simulation: a participant, made by `defineParticipant` over a table, that holds
 * nodes up to a moment and keeps documents of nodes that are gone up to a moment.
 *
 * 1. A hold that was not lifted forbids the deletion of its node up to `until`.
 * 2. A document stays when its node goes, and is removed at `until`.
 */
import { Type } from 'typebox';
import type { JsonObject } from '../../../config/json.ts';
import { defineParticipant, defineTable, type RowOf } from '../../../index.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { type Entity, participantConfig } from './entities.ts';

export const vaultName = 'vault';

const vault = defineTable(vaultName, {
  row: Type.Object({
    nodeId: Type.String(),
    /** A document is kept; a hold forbids. */
    kind: Type.Union([Type.Literal('hold'), Type.Literal('document')]),
    until: Type.String(),
    lifted: Type.Boolean(),
  }),
  by: ['nodeId'],
});
export const vaultTable = vault;

export type VaultRow = RowOf<typeof vault>;

const OnNode = Type.Object({ id: Type.String(), entity: Type.String(), nodeId: Type.String() });
const Until = Type.Object({ ...OnNode.properties, until: Type.String() });
type OnNodeData = { readonly id: string; readonly entity: string; readonly nodeId: string };
type UntilData = OnNodeData & { readonly until: string };
const on = ({ entity, nodeId }: OnNodeData) => ({ [entity]: [nodeId] });

function adding(kind: VaultRow['kind']) {
  return {
    schema: Until,
    on,
    writes: ({ id, nodeId, until }: UntilData) =>
      vault.add(id, { nodeId, kind, until, lifted: false }),
  };
}

const requests = {
  hold: adding('hold'),
  keep: adding('document'),
  lift: {
    schema: OnNode,
    writes: ({ id }: OnNodeData) => vault.set(id, { lifted: true }),
    lifts: on,
  },
};

const rules = {
  rows: vault.by('nodeId'),
  mayDelete: ({ dependants }: { readonly dependants: readonly VaultRow[] }) => {
    const [hold] = dependants
      .filter(({ kind, lifted }) => kind === 'hold' && !lifted)
      .sort((a, b) => (a.until < b.until ? 1 : -1));
    return hold && { reason: `the vault holds it by ${hold.id}`, until: hold.until };
  },
  retains: ({ dependants }: { readonly dependants: readonly VaultRow[] }) =>
    dependants
      .filter(({ kind }) => kind === 'document')
      .map(({ id: what, until }) => ({ what, basis: 'the law of the simulation', until })),
  deleting: ({
    dependants,
    retentionEnded = false,
  }: {
    readonly dependants: readonly VaultRow[];
    readonly retentionEnded?: boolean;
  }) =>
    dependants
      .filter(({ kind }) => retentionEnded || kind === 'hold')
      .map((row) => vault.remove(row)),
};

const notHere = (): Promise<never> => Promise.reject(new Error('it is given with the run'));

/** The participant, with these further sections. Each run gives the service its stores. */
export function defineVault(cast: readonly Entity[], given: JsonObject): ServiceDefinition {
  const config = participantConfig(vaultName, cast, given);
  const dependsOn = Object.fromEntries(cast.map((entity) => [entity, rules]));
  const { define } = defineParticipant({ config, stores: [vault], requests, dependsOn });
  return define(config, {
    store: (name) => ({ name, read: notHere }),
    locks: { acquire: notHere, keep: () => undefined, release: notHere, close: notHere },
  });
}
