/**
 * The links between nodes: the writes `link` and `unlink` and the read `linked`.
 *
 * 1. A link is no attribute and no dependence: it forbids nothing, nobody is asked about it, and it
 *    changes no version. The tables remove a link with either of its nodes.
 * 2. Both nodes are locked before a link is written. So a link never leads to a removed node.
 */
import { Refused } from '../../../runtime/ports/errors.ts';
import type { HierarchyReads, HierarchyWrites } from '../store.ts';
import { inIdOrder } from './id-order.ts';
import type { TreeRows } from './rows.ts';

type Args<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];

function notFound(id: string, what: string): Refused {
  return new Refused('not-found', `there is no ${what} ${id}`, { at: id });
}

async function checkOwner(tree: TreeRows, nodeId: string, service: string): Promise<void> {
  const [node] = await tree.nodes([nodeId]);
  if (node?.service !== service) throw notFound(nodeId, `node of ${service}`);
}

export async function link(
  tree: TreeRows,
  { service, nodeId, name, to, objectClass, attributes }: Args<'link'>,
): Promise<void> {
  const locked = await tree.lockHeads([...new Set([nodeId, ...to])]);
  await checkOwner(tree, nodeId, service);
  const classes = new Map(locked.map((node) => [node.id, node.objectClass]));
  for (const id of to) {
    const found = classes.get(id);
    if (found === undefined) throw notFound(id, 'node');
    if (found !== objectClass)
      throw new Refused('wrong-class', `${id} is a ${found}; allowed is ${objectClass}`, {
        at: id,
      });
  }
  await tree.links.put(nodeId, name, [...new Set(to)], attributes);
}

export async function unlink(
  tree: TreeRows,
  { service, nodeId, name, to }: Args<'unlink'>,
): Promise<void> {
  await checkOwner(tree, nodeId, service);
  await tree.links.drop(nodeId, name, to);
}

export async function linked(
  tree: TreeRows,
  { service, nodeId, name }: HierarchyReads['linked']['args'],
): Promise<HierarchyReads['linked']['result']> {
  const [[node], links] = await Promise.all([tree.nodes([nodeId]), tree.links.rows(nodeId, name)]);
  return node?.service === service ? inIdOrder(links) : null;
}
