/**
 * The plan of a deletion as lines for a terminal: a tree of the nodes with the votes on them. Pure.
 *
 * - A node to which several nodes lead is written out once; every later place refers to the first
 *   place.
 * - A reference that would be removed stands below the node that it refers to.
 * - The nodes of a voter stand below its vote, the other nodes of the owner directly below their
 *   parent.
 */
import { Value } from 'typebox/value';
import {
  type DeletionPlan,
  DeletionPlanSchema,
  type PlannedNode,
  type PlannedVote,
} from '../actors/consent/plan-schema.ts';
import { Broken } from '../runtime/ports/errors.ts';
import type { Json } from '../runtime/ports/json.ts';
import { endingText, retainedText } from './retained-text.ts';

interface Branch {
  readonly text: string;
  readonly below: () => readonly Branch[];
}

/** The answer of a service to `plan`. Throws `Broken` if the answer is no plan. */
export function planFrom(answer: Json): DeletionPlan {
  if (Value.Check(DeletionPlanSchema, answer)) return answer;
  throw new Broken('broken', 'the answer of the service is no plan of a deletion');
}

export function planLines(plan: DeletionPlan): readonly string[] {
  return [
    titleOf(plan),
    ...drawn(branchesOf(plan), ''),
    ...sharesOf(plan),
    `if_plan: ${plan.hash}`,
  ];
}

function titleOf({ outcome, owner, totals }: DeletionPlan): string {
  const counts = [
    counted(totals.nodes, 'node'),
    counted(totals.services, 'service'),
    counted(totals.rows, 'row'),
    counted(totals.files, 'file'),
  ];
  const size = counted(totals.bytes, 'byte');
  return `${outcome}: ${owner} would delete ${counts.join(', ')} (${size})`;
}

/** A line for each service: its nodes, rows and files. */
function sharesOf({ services }: DeletionPlan): readonly string[] {
  return services.map(({ service, nodes, rows, files }) => {
    const tables = rows.map(({ table, rows: count }) => `${count} in ${table}`).join(', ');
    const share = [counted(nodes, 'node'), tables || 'no rows', counted(files, 'file')];
    return `  ${service}: ${share.join(', ')}`;
  });
}

function branchesOf(plan: DeletionPlan): readonly Branch[] {
  const written = new Set<PlannedNode>();
  const tops = plan.nodes.filter(({ below }) => below.length === 0);
  return tops.map((node) => nodeBranch(node, plan, written));
}

function nodeBranch(node: PlannedNode, plan: DeletionPlan, written: Set<PlannedNode>): Branch {
  const title = `${node.cn} (${node.objectClass} ${node.id})`;
  if (written.has(node)) return { text: `${title}, as above`, below: () => [] };
  written.add(node);
  const own = () => dependants(node, node.service, plan);
  const votes = () =>
    plan.votes.filter(({ nodeId, askedBy }) => nodeId === node.id && askedBy === node.service);
  return {
    text: title,
    below: () => [
      ...fileBranches(node),
      ...detachedBranches(node, plan),
      ...own().map((child) => nodeBranch(child, plan, written)),
      ...votes().map((vote) => voteBranch(vote, node, plan, written)),
    ],
  };
}

function voteBranch(
  { voter, vote, reason, askedBy, until, retains = [] }: PlannedVote,
  node: PlannedNode,
  plan: DeletionPlan,
  written: Set<PlannedNode>,
): Branch {
  const nodes = () => (voter === askedBy ? [] : dependants(node, voter, plan));
  return {
    text: `${voter}: ${vote}${reason === null ? '' : `: ${reason}`}${endingText(until)}${retains.map((one) => `; keeps ${retainedText(one)}`).join('')}`,
    below: () => nodes().map((child) => nodeBranch(child, plan, written)),
  };
}

/** Nodes of a service that would be deleted together with `node`. */
function dependants(
  { id }: PlannedNode,
  service: string,
  { nodes }: DeletionPlan,
): readonly PlannedNode[] {
  return nodes.filter((node) => node.service === service && node.below.includes(id));
}

function fileBranches({ files }: PlannedNode): readonly Branch[] {
  return files.map(({ url, bytes }) => ({
    text: `${url} (${bytes === null ? 'size unknown' : counted(bytes, 'byte')})`,
    below: () => [],
  }));
}

function detachedBranches(node: PlannedNode, { detached }: DeletionPlan): readonly Branch[] {
  return detached
    .filter(({ referredId }) => referredId === node.id)
    .map(({ service, id, cn, objectClass, attribute }) => ({
      text: `${service}: taken out of ${attribute} of ${cn} (${objectClass} ${id})`,
      below: () => [],
    }));
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

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
