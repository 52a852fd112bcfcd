/** The nodes of a service of the tree as the consent actors see them: `Nodes` and `Dependants`. */
import type { Dependants, Detachment, Nodes } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyStoreName, hierarchyWrite, type RemovalRules } from './store.ts';

/** A copy has at most this many nodes, because all are written in one commit. */
export const copiedNodesMax = 1_000;

function rulesOf({ references, keep }: ConsentSettings): RemovalRules {
  const rules = references.map(({ attribute, onDelete }) => ({ attribute, onDelete }));
  return { references: rules, ...(keep === undefined ? {} : { keep }) };
}

/** How a write compares the name of the node with the names of its siblings. */
export function namingOf({ values }: ConsentSettings): { readonly anyCase?: true } {
  return values === 'ldap' ? { anyCase: true } : {};
}

export function treeNodes(settings: ConsentSettings): Nodes {
  const { service, objectClass, baseNode } = settings;
  const references = settings.references.map(({ attribute }) => attribute);
  const rules = rulesOf(settings);
  const naming = namingOf(settings);
  return {
    table: `${hierarchyStoreName}.nodes`,
    find: (ids, look) => hierarchyRead('nodes', { objectClass, ids, rules, ...look }),
    present: (nodeIds) => hierarchyRead('present', { nodeIds }),
    place: (at) => hierarchyRead('place', { baseNode, ...at }),
    listed: (nodeIds) => hierarchyRead('listed', { nodeIds }),
    subtree: (id) => hierarchyRead('subtree', { objectClass, id, most: copiedNodesMax }),
    footprint: (nodeIds) => hierarchyRead('footprint', { nodeIds }),
    foreignBelow: (nodeIds) => hierarchyRead('foreignBelow', { nodeIds }),
    lock: (versions) => [hierarchyWrite('lock', {}, { versions })],
    change: (change, versions) => [
      hierarchyWrite('modify', { ...change, ...naming }, { versions }),
    ],
    remove: (nodeIds, beside) => [hierarchyWrite('remove', { nodeIds, beside }, null)],
    list: (subscription) => [hierarchyWrite('list', subscription, null)],
    adoption: {
      owned: (from) => hierarchyRead('adoptable', { service: from, objectClass, references }),
      take: (versions) => {
        const args = { nodeIds: Object.keys(versions), service, objectClass };
        return [hierarchyWrite('adopt', args, { versions })];
      },
    },
    unlist: (nodeIds, subscriber, generation) => {
      const upTo = generation === undefined ? {} : { generation };
      return [hierarchyWrite('unlist', { nodeIds, subscriber, ...upTo }, null)];
    },
  };
}

export function treeDependants(settings: ConsentSettings): Dependants {
  const { service, objectClass, references } = settings;
  const attributes = references.flatMap(({ attribute, onDelete }) =>
    onDelete === 'detach' ? [attribute] : [],
  );
  const rules = rulesOf(settings);
  return {
    of: (ids, except) => hierarchyRead('dependants', { objectClass, rules, ids, except }),
    upstream: (nodeIds) => hierarchyRead('upstream', { nodeIds }),
    needed: (ids, except) => hierarchyRead('needed', { service, ids, except }),
    ...(attributes.length === 0 ? {} : { detachment: detachmentOf(objectClass, attributes) }),
  };
}

function detachmentOf(objectClass: string, attributes: readonly string[]): Detachment {
  return {
    find: (ids) => hierarchyRead('detached', { objectClass, ids, attributes }),
    take: (nodeIds) => [
      hierarchyWrite('detach', { objectClass, nodeIds, attributes }, { versions: {} }),
    ],
  };
}
