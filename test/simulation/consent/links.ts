/**
 * The links of a run: what clients ask for, and the rules of links, derived from the tables.
 *
 * 1. `no orphan`: after every commit both ends of every link are there.
 * 2. `nothing left over`: at the end a link that was answered and not taken away is there, while both
 *    ends are.
 */
import { hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { type ConsentRun, resultOf } from './consent-run.ts';
import { classes, placeOf, serviceOf } from './entities.ts';
import { idOf, linkAttribute, linkName } from './names.ts';

export type LinkOperation = Extract<ConsentOperation, { readonly what: 'link' }>;

/** The writes of the links that are there at the start. */
export function linkWrites(links: ConsentPlan['links']): readonly Write[] {
  if (links === undefined) return [];
  const ends = { service: serviceOf(links.from), objectClass: classes[links.to], name: linkName };
  return links.rows.map(({ node, to }) =>
    hierarchyWrite('link', { ...ends, nodeId: idOf(node), to: [idOf(to)], attributes: {} }, null),
  );
}

export async function requestLink(
  run: ConsentRun,
  { name, word, entity, node, to }: LinkOperation,
  world: World,
): Promise<void> {
  const data = { id: idOf(node), [linkAttribute]: idOf(to) };
  const body = { action: `${word}${linkName}`, data };
  const result = resultOf(await world.ask(placeOf(entity), body, idOf(name)));
  run.results.set(name, result);
  world.note(result.ok ? `nodes: ${word}` : 'a link is refused');
}

export function linkRules(run: ConsentRun): readonly Invariant[] {
  if (run.plan.links === undefined) return [];
  const { tables } = run;
  const isThere = (id: string) => tables.nodes.get(id) !== undefined;
  let known = [...tables.links.values()];
  return [
    {
      name: 'no orphan',
      committed: (_turns, world) => {
        const links = [...tables.links.values()];
        const isGone = known.some(({ nodeId, id }) => !isThere(nodeId) || !isThere(id));
        if (isGone && links.length < known.length) world.note('a link goes with its end');
        known = links;
        const left = links.find(({ nodeId, id }) => !isThere(nodeId) || !isThere(id));
        return left && `the link of ${left.nodeId} to ${left.id} has lost an end`;
      },
    },
    { name: 'nothing left over', atEnd: () => lostLink(run, isThere) },
  ];
}

function lostLink(
  { plan, results, tables }: ConsentRun,
  isThere: (id: string) => boolean,
): Problem {
  const asked = plan.operations.filter((one) => one.what === 'link');
  const isTaken = ({ node, to }: Pick<LinkOperation, 'node' | 'to'>) =>
    asked.some((one) => one.word === 'unlink' && one.node === node && one.to === to);
  const linked = asked.filter(
    ({ word, name }) => word === 'link' && results.get(name)?.ok === true,
  );
  const rows = [...(plan.links?.rows ?? []), ...linked].filter((row) => !isTaken(row));
  const kept = new Set([...tables.links.values()].map(({ nodeId, id }) => `${nodeId} ${id}`));
  const lost = rows
    .map(({ node, to }) => [idOf(node), idOf(to)] as const)
    .find(([from, to]) => isThere(from) && isThere(to) && !kept.has(`${from} ${to}`));
  return lost && `the link of ${lost[0]} to ${lost[1]} is lost, and both nodes are there`;
}
