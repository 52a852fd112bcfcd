/** The plan of a deletion as lines for a terminal: a tree of what would go, with everybody's word where it would be given. Pure. */
import type { DeletionPlan, PlannedNode, PlannedVote } from '../actors/consent/plan-schema.ts';

interface Branch {
  readonly text: string;
  readonly below: () => readonly Branch[];
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

function filesOf({ files }: PlannedNode): readonly Branch[] {
  return files.map(({ url, bytes }) => ({
    text: `${url} (${bytes === null ? 'size unknown' : counted(bytes, 'byte')})`,
    below: () => [],
  }));
}

/** `shown` remembers what stands above already: a diamond is written out once. */
function branchesOf({ nodes, votes }: DeletionPlan): readonly Branch[] {
  const shown = new Set<PlannedNode>();
  const nodeBranch = (node: PlannedNode): Branch => {
    const title = `${node.cn} (${node.objectClass} ${node.id})`;
    if (shown.has(node)) return { text: `${title}, as above`, below: () => [] };
    shown.add(node);
    return { text: title, below: () => [...filesOf(node), ...ownBelow(node), ...voters(node)] };
  };
  const goesWith = ({ id }: PlannedNode, service: string) =>
    nodes.filter((node) => node.service === service && node.below.includes(id));
  const ownBelow = (node: PlannedNode): readonly Branch[] =>
    goesWith(node, node.service).map(nodeBranch);
  const voteBranch = (
    { voter, vote, reason, askedBy }: PlannedVote,
    node: PlannedNode,
  ): Branch => ({
    text: `${voter}: ${vote}${because(reason)}`,
    below: () => (voter === askedBy ? [] : goesWith(node, voter).map(nodeBranch)),
  });
  const voters = (node: PlannedNode): readonly Branch[] =>
    votes
      .filter(({ nodeId, askedBy }) => nodeId === node.id && askedBy === node.service)
      .map((vote) => voteBranch(vote, node));
  return nodes.filter(({ below }) => below.length === 0).map(nodeBranch);
}

function drawn(branches: readonly Branch[], indent: string): readonly string[] {
  return branches.flatMap(({ text, below }, index) => {
    const isLast = index === branches.length - 1;
    return [
      `${indent}${isLast ? '└─' : '├─'} ${text}`,
      ...drawn(below(), `${indent}${isLast ? '   ' : '│  '}`),
    ];
  });
}

export function planLines(plan: DeletionPlan): readonly string[] {
  const { outcome, owner, services, totals, hash } = plan;
  const { nodes, rows, files, bytes } = totals;
  const sums = [
    counted(nodes, 'node'),
    counted(totals.services, 'service'),
    counted(rows, 'row'),
    counted(files, 'file'),
  ];
  const shares = services.map((share) => {
    const tables = share.rows.map(({ table, rows: count }) => `${count} in ${table}`).join(', ');
    return `  ${share.service}: ${counted(share.nodes, 'node')}, ${tables || 'no rows'}, ${counted(share.files, 'file')}`;
  });
  return [
    `${outcome}: ${owner} would delete ${sums.join(', ')} (${counted(bytes, 'byte')})`,
    ...drawn(branchesOf(plan), ''),
    ...shares,
    `if_plan: ${hash}`,
  ];
}
