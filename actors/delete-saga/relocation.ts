/**
 * The rules of a relocation: an update that moves a node, or changes the references of a node.
 * Pure.
 *
 * Invariants:
 * - Subscribe first: the node will depend on its new parent and on its new references. Before the
 *   decision, the saga subscribes to those of them that are nodes of other services.
 * - Like a creation: a hold that would forbid a creation at the new place forbids the relocation.
 * - Given back: when the update is done, the service ends its subscriptions to nodes that none of
 *   its nodes depends on any more.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { type GivenAttributes, shownLists } from '../consent/given-attributes.ts';
import { type Hold, ledgerWrite } from '../consent/ledger/store.ts';
import type { Added, Nodes } from '../consent/nodes.ts';
import {
  dependsOn,
  excludingHolds,
  type Placement,
  placementProblem,
  referencedIds,
  upstreamOf,
} from '../consent/placement.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import type { StartProblem } from '../consent/start-problems.ts';
import { subscribeMessage } from '../consent/subscribe-messages.ts';
import type { DependencyInput } from './dependency-machine.ts';
import { type Change, type SagaContext, versionsOf } from './saga.ts';

/** Whether the update changes the parent or the references of a node. */
export function relocates(settings: ConsentSettings, change: Change | null): boolean {
  if (change === null) return false;
  return (
    change.parentId !== undefined ||
    settings.references.some(({ attribute }) => Object.hasOwn(change.attributes, attribute))
  );
}

function attributesOf(change: Change | null): GivenAttributes {
  return change?.attributes ?? {};
}

/** The read of the facts about the new parent and the new references. */
export function placeRead(
  settings: ConsentSettings,
  { change, ids }: Pick<SagaContext, 'change' | 'ids'>,
) {
  const [moving = ''] = ids;
  const references = referencedIds(settings, attributesOf(change));
  return consentRead('place', {
    references,
    ...(change?.parentId === undefined ? {} : { parentId: change.parentId, moving }),
  });
}

export function relocationProblem(
  settings: ConsentSettings,
  change: Change | null,
  place: Placement,
): StartProblem | undefined {
  if (place.isInside === true)
    return {
      code: 409,
      name: 'refused',
      message: 'a node cannot move into its own subtree',
      at: '/data/parentId',
    };
  return placementProblem(settings, place, change?.parentId, attributesOf(change));
}

/** Ids of the nodes of other services that the node does not depend on yet, and will depend on. */
export function newDependencies(
  settings: ConsentSettings,
  change: Change | null,
  place: Placement,
): readonly string[] {
  return dependsOn(settings, place, referencedIds(settings, attributesOf(change)));
}

export function dependencyInput(settings: ConsentSettings, context: SagaContext): DependencyInput {
  const { place, generations, saga } = context;
  if (place === null) return { questions: [] };
  return {
    questions: Object.entries(generations).flatMap(([nodeId, generation]) => {
      const upstream = upstreamOf(settings, place, nodeId);
      if (upstream === undefined) return [];
      return [
        {
          nodeId,
          question: subscribeMessage(settings, 'subscribe', upstream.owner, nodeId, generation, [
            saga,
          ]),
        },
      ];
    }),
  };
}

/**
 * The holds that forbid the relocation. An update without a new parent is forbidden only by holds
 * on the nodes that it newly refers to.
 */
export function holdsAtPlace(
  context: Pick<SagaContext, 'change' | 'generations' | 'saga'>,
  place: Placement,
): readonly Hold[] {
  const against = excludingHolds(place, Object.keys(context.generations)).filter(
    ({ saga }) => saga !== context.saga,
  );
  return context.change?.parentId === undefined
    ? against.filter(({ nodeId }) => Object.hasOwn(context.generations, nodeId))
    : against;
}

/** The writes of the update, to the ledger and to the node, in the commit of the decision. */
export function changeWrites(
  service: string,
  nodes: Nodes,
  context: SagaContext,
): readonly Write[] {
  const { change, generations: subscribed } = context;
  const [node] = context.nodes;
  if (change === null || node === undefined) return [];
  const on = Object.keys(subscribed);
  const below = newPlace(context);
  const isBound = on.length > 0 || below !== undefined;
  const place = below === undefined ? {} : { below };
  return [
    ...(isBound ? [ledgerWrite('depend', { service, on, ...place }, { subscribed })] : []),
    ...nodes.change({ id: node.id, ...change }, versionsOf(context.nodes)),
  ];
}

/** What the hook of the owner adds to the update. */
export function changeAdditions(
  { hooks }: Nodes,
  { change, nodes: [node], saga }: SagaContext,
  atMs: number,
): Added {
  if (hooks?.updated === undefined || change === null || node === undefined)
    return { writes: [], messages: [] };
  return hooks.updated({ id: node.id, ...change }, saga, atMs);
}

/** The new parent of a move, with the sagas whose holds do not forbid the move. */
function newPlace(context: SagaContext) {
  const { change, place, saga } = context;
  if (change?.parentId === undefined) return undefined;
  const against = new Set(
    place === null ? [] : holdsAtPlace(context, place).map((hold) => hold.saga),
  );
  const holds = (place?.holds ?? []).map((hold) => hold.saga);
  const despite = [saga, ...holds.filter((one) => !against.has(one))];
  return { nodeId: change.parentId, above: place?.above ?? [], despite };
}

/** The part of the question to voters that names the changed attributes and the new parent. */
export function changeData({ attributes, parentId }: Change): JsonObject {
  return { attributes: shownLists(attributes), ...(parentId === undefined ? {} : { parentId }) };
}
