/** The nodes of one service of the tree as the consent actors see them: `Nodes` and `Dependants`. */
import type { Dependants, Nodes } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyStoreName, hierarchyWrite } from './store.ts';

export function treeNodes(settings: ConsentSettings): Nodes {
  const { service, objectClass, baseNode } = settings;
  const references = settings.references.map(({ attribute }) => attribute);
  return {
    table: `${hierarchyStoreName}.nodes`,
    find: (ids, look) => hierarchyRead('nodes', { objectClass, ids, ...look }),
    present: (nodeIds) => hierarchyRead('present', { nodeIds }),
    place: (at) => hierarchyRead('place', { baseNode, ...at }),
    listed: (nodeId) => hierarchyRead('listed', { nodeId }),
    footprint: (nodeIds) => hierarchyRead('footprint', { nodeIds }),
    foreignBelow: (nodeIds) => hierarchyRead('foreignBelow', { nodeIds }),
    lock: (versions) => [hierarchyWrite('lock', {}, { versions })],
    change: (change, versions) => [hierarchyWrite('modify', change, { versions })],
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

export function treeDependants({ service, objectClass, references }: ConsentSettings): Dependants {
  return {
    of: (ids, except) => hierarchyRead('dependants', { objectClass, references, ids, except }),
    upstream: (nodeIds) => hierarchyRead('upstream', { nodeIds }),
    needed: (ids, except) => hierarchyRead('needed', { service, ids, except }),
  };
}
