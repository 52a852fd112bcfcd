/** Added, removed and announced nodes. */
import type { TreeNode } from '../../../actors/hierarchy/rules/tree-node.ts';
import type { ConsentRun } from './consent-run.ts';
import { isGoing, referencedBy } from './lists.ts';
import type { Rule } from './rule.ts';

const promisesHold: Rule = {
  name: 'promise kept',
  holds: (event, { ledger }) => {
    if (event.what !== 'added') return undefined;
    const { service, nodeId, dependsOn } = event;
    const broken = [...ledger.promises.values()].find(
      (row) => row.service === service && dependsOn.includes(row.nodeId),
    );
    return (
      broken &&
      `${service} adds ${nodeId}, which depends on ${broken.nodeId}, promised to ${broken.saga}`
    );
  },
};

const nothingHangs: Rule = {
  name: 'no orphan',
  holds: (event, run) => {
    if (event.what === 'added') return hangingAt(run, event.nodeId);
    if (event.what !== 'removed') return undefined;
    const { nodeId, story } = event;
    // A voter that an operator has skipped takes its references out when it hears the decision.
    const isLate = ({ service }: TreeNode): boolean =>
      run.givenUp.has(service, nodeId) || story.skipped.get(nodeId)?.has(service ?? '') === true;
    const hangs = (node: TreeNode): boolean =>
      node.parentId === nodeId || (referencedBy(node).includes(nodeId) && !isLate(node));
    const hanging = [...run.tables.nodes.values()].filter(
      (node) => node.kind === 'entity' && hangs(node),
    );
    const left = hanging.find(({ id }) => !isGoing(run, id));
    return left && `${left.id} depends on ${nodeId}, which ${story.saga} has removed`;
  },
};

const noAttributes: Pick<TreeNode, 'attributes'> = { attributes: {} };

function hangingAt(run: ConsentRun, nodeId: string): string | undefined {
  const { tables, givenUp } = run;
  const node = tables.nodes.get(nodeId);
  const lost = referencedBy(node ?? noAttributes).find(
    (id) => tables.nodes.get(id) === undefined && !givenUp.has(node?.service ?? null, id),
  );
  return lost === undefined || isGoing(run, nodeId)
    ? undefined
    : `${nodeId} was added and depends on ${lost}, which is gone`;
}

const removedByRight: Rule = {
  name: 'removed by right',
  holds: (event) => {
    if (event.what !== 'removed') return undefined;
    const { story, service, nodeId, owner } = event;
    if (owner !== service) return `${service} removes ${nodeId}, which is ${owner}'s`;
    if (story.decisions === 0)
      return `${service} removes ${nodeId} under ${story.saga}, which is not decided`;
    if (!(story.engaged.get(service)?.has(nodeId) ?? false))
      return `${service} removes ${nodeId}, which ${story.saga} never froze`;
    return undefined;
  },
};

const announcedIsGone: Rule = {
  name: 'facts are true',
  holds: (event, { chronicle }) => {
    if (event.what !== 'announced' && event.what !== 'taken back') return undefined;
    const { story, nodeId, service } = event;
    if (story.announced.has(nodeId) && story.taken.has(nodeId))
      return `${service} says of ${nodeId} under ${story.saga} that it is done and that it is not`;
    const lives =
      event.what === 'announced' && story.verb === 'delete' && chronicle.isThere(nodeId);
    return lives ? `${service} says that ${nodeId} is deleted, and it is there` : undefined;
  },
};

/** Every node below the engaged nodes goes too: under this saga, or under another decided one. */
const everyNodeBelowGoes: Rule = {
  name: 'nothing left below',
  holds: (event, run) => {
    if (event.what !== 'decided' || event.story.verb !== 'delete') return undefined;
    const { saga } = event.story;
    const engaged = new Set(
      [...run.ledger.engagements.values()].flatMap((row) => (row.saga === saga ? row.nodeId : [])),
    );
    const left = [...engaged]
      .flatMap((nodeId) => run.tables.childrenOf(nodeId))
      .find(({ id, kind }) => kind === 'entity' && !engaged.has(id) && !isGoing(run, id));
    return (
      left && `${saga} was decided over ${left.id} of ${left.service}, which it does not engage`
    );
  },
};

export const nodeRules: readonly Rule[] = [
  promisesHold,
  nothingHangs,
  removedByRight,
  announcedIsGone,
  everyNodeBelowGoes,
];
