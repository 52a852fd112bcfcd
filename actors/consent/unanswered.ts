/**
 * The nodes of other services below the nodes of a deletion that no service will remove, because
 * their service was retired or uninstalled and is not asked. Pure.
 *
 * - At the start a node is answered for when its service is on the list of the node above.
 * - At the decision a node is answered for when the saga has engaged the node, or when its service
 *   is an old peer on the list: an old peer answers `ok` and engages nothing.
 * - A node that any saga has decided about is answered for: its own service removes the node.
 *
 * Boundary: `consent-reads.ts` reads the nodes, the lists and the engagements.
 */
import type { Subscription } from './ledger/store.ts';
import type { DependantRefusal, ForeignNode } from './nodes.ts';

/** At most 100 nodes are listed; `count` is the number of all. */
export type Unanswered = {
  readonly count: number;
  readonly nodes: readonly ForeignNode[];
};

const listedMax = 100;
/** The nodes that a text names. */
const namedMax = 10;

/** undefined without a node. */
export function unansweredOf(nodes: readonly ForeignNode[]): Unanswered | undefined {
  return nodes.length === 0 ? undefined : { count: nodes.length, nodes: nodes.slice(0, listedMax) };
}

function pairOf(nodeId: string, service: string): string {
  return `${nodeId} ${service}`;
}

/** The nodes whose services are not on the lists of the nodes above. */
export function unasked(
  nodes: readonly ForeignNode[],
  subscriptions: readonly Subscription[],
): readonly ForeignNode[] {
  const listed = new Set(subscriptions.map(({ nodeId, service }) => pairOf(nodeId, service)));
  return nodes.filter(({ parentId, service }) => !listed.has(pairOf(parentId, service)));
}

/** The nodes whose services must have engaged the nodes before the decision. */
export function withoutOldPeers(
  nodes: readonly ForeignNode[],
  subscriptions: readonly Subscription[],
): readonly ForeignNode[] {
  return unasked(
    nodes,
    subscriptions.filter(({ consent }) => !consent),
  );
}

function nameOf({ cn, objectClass, id, service }: ForeignNode): string {
  return `${objectClass} ${cn} (${id} of ${service})`;
}

/** `prsTag load (<id> of tags_model_crud) and 3 more` */
export function unansweredText({ count, nodes }: Unanswered): string {
  const named = nodes.slice(0, namedMax).map(nameOf);
  const more = count - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The reason against the deletion, for each node above. */
export function unansweredRefusals({ count, nodes }: Unanswered): readonly DependantRefusal[] {
  const parents = new Map<string, ForeignNode[]>();
  for (const node of nodes) {
    const below = parents.get(node.parentId);
    if (below === undefined) parents.set(node.parentId, [node]);
    else below.push(node);
  }
  const unlisted = count - nodes.length;
  return [...parents].map(([nodeId, below], at) => {
    const listed = below.length + (at === parents.size - 1 ? unlisted : 0);
    const text = unansweredText({ count: listed, nodes: below });
    return { nodeId, reason: `nobody answers for ${text} below it` };
  });
}

/** What a retired service would leave behind: its nodes below nodes of the owner, by class. */
export type LeftBehind = {
  readonly count: number;
  readonly classes: readonly {
    readonly objectClass: string;
    readonly nodes: number;
    /** The number of the nodes above. */
    readonly below: number;
    /** At most 10 of the nodes above. */
    readonly parentIds: readonly string[];
  }[];
};

export function leftBehindOf(nodes: readonly ForeignNode[]): LeftBehind {
  const classes = [...new Set(nodes.map(({ objectClass }) => objectClass))].sort();
  return {
    count: nodes.length,
    classes: classes.map((objectClass) => {
      const ofClass = nodes.filter((node) => node.objectClass === objectClass);
      const parents = [...new Set(ofClass.map(({ parentId }) => parentId))].sort();
      return {
        objectClass,
        nodes: ofClass.length,
        below: parents.length,
        parentIds: parents.slice(0, namedMax),
      };
    }),
  };
}

/** `2 prsTag below 1 node (<id>)`, for each class. */
export function leftBehindText({ classes }: LeftBehind): string {
  const texts = classes.map(({ objectClass, nodes, below, parentIds }) => {
    const more = below > parentIds.length ? ', …' : '';
    const noun = below === 1 ? 'node' : 'nodes';
    return `${nodes} ${objectClass} below ${below} ${noun} (${parentIds.join(', ')}${more})`;
  });
  return texts.join(', ');
}
