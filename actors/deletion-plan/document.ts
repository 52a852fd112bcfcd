/** The plan as the requester gets it, from the answers of all services. Pure. */
import { type DeletionPlan, type PlannedNode, planHash } from '../consent/plan-schema.ts';
import type { PlanPart } from './part.ts';

type Share = DeletionPlan['services'][number];

function outcomeOf({ votes }: PlanPart): DeletionPlan['outcome'] {
  if (votes.some(({ vote }) => vote === 'no')) return 'refused';
  return votes.some(({ vote }) => vote === 'unknown') ? 'uncertain' : 'agreed';
}

function summedRows(nodes: readonly PlannedNode[]): Share['rows'] {
  const sums = new Map<string, number>();
  for (const { table, rows } of nodes.flatMap((node) => node.rows))
    sums.set(table, (sums.get(table) ?? 0) + rows);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([table, rows]) => ({ table, rows }));
}

function shareOf(service: string, nodes: readonly PlannedNode[]): Share {
  const files = nodes.flatMap((node) => node.files);
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  return { service, nodes: nodes.length, rows: summedRows(nodes), files: files.length, bytes };
}

function sum(shares: readonly Share[], count: (share: Share) => number): number {
  return shares.reduce((total, share) => total + count(share), 0);
}

/** `part` has each node and each vote once. */
export function planDocument(
  owner: string,
  ids: readonly string[],
  plannedAtMs: number,
  part: PlanPart,
): DeletionPlan {
  const { nodes, votes } = part;
  const going = new Set(nodes.map(({ id }) => id));
  // A node that would lose a reference on one path may be removed on another path.
  const detached = part.detached.filter(({ id }) => !going.has(id));
  const names = [...new Set(nodes.map(({ service }) => service))].sort();
  const services = names.map((name) =>
    shareOf(
      name,
      nodes.filter(({ service }) => service === name),
    ),
  );
  const totals = {
    nodes: nodes.length,
    services: services.length,
    files: sum(services, ({ files }) => files),
    bytes: sum(services, ({ bytes }) => bytes),
    rows: sum(services, ({ rows }) => rows.reduce((total, counted) => total + counted.rows, 0)),
  };
  const content = { nodes: [...nodes], votes: [...votes] };
  return {
    hash: planHash({ hash: '', ...content }),
    outcome: outcomeOf(part),
    owner,
    ids: [...ids],
    plannedAtMs,
    ...content,
    detached,
    services,
    totals,
  };
}
