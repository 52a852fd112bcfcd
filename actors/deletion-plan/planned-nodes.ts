/**
 * The entries of a plan for this service: its nodes, its rows, and the sizes of both. Pure.
 */
import type { FoundRows } from '../consent/dependences.ts';
import { changesOf, type Footprint, type NodeState } from '../consent/nodes.ts';
import type { PlannedNode } from '../consent/plan-schema.ts';

/**
 * The plan's entries of this service's nodes. `through` is the node of another service because of
 * which the node would be deleted.
 */
export function planned(
  service: string,
  nodes: readonly (NodeState & { readonly through?: string })[],
): readonly PlannedNode[] {
  const own = new Set(nodes.map(({ id }) => id));
  return nodes.map((node) => {
    const { id, cn, objectClass, parentId, through } = node;
    const above = parentId !== null && own.has(parentId) ? parentId : through;
    return {
      service,
      id,
      cn,
      objectClass,
      epoch: changesOf(node),
      below: above === undefined ? [] : [above],
      rows: [],
      files: [],
    };
  });
}

/** The plan's entries for rows that are no nodes, one for each row. */
export function plannedRows(service: string, found: readonly FoundRows[]): readonly PlannedNode[] {
  return found.flatMap(({ table, node, dependants }) =>
    dependants.map(({ id, version: epoch }) => ({
      service,
      id,
      cn: id,
      objectClass: table,
      epoch,
      below: [node],
      rows: [{ table, rows: 1 }],
      files: [],
    })),
  );
}

/** The ids of the nodes whose rows are not counted yet. */
export function unmeasured(nodes: readonly PlannedNode[]): readonly string[] {
  return nodes.filter(({ rows }) => rows.length === 0).map(({ id }) => id);
}

export function measured(
  node: PlannedNode,
  table: string,
  found: Footprint | undefined,
): PlannedNode {
  const { rows = 0, files = [] } = found ?? {};
  return { ...node, rows: [{ table, rows }], files: files.map((url) => ({ url, bytes: null })) };
}
