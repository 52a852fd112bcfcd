/**
 * What an update means that moves a node, or changes what it refers to. Pure.
 *
 * 1. It makes the node depend on its new parent and on what it refers to newly; those of other services are subscribed to first.
 * 2. At its new place it is a creation: what stands against one there stands against it.
 * 3. What nothing of the service depends on any more is given back when it is done.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
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
import { type Hold, hierarchyRead, hierarchyWrite } from '../hierarchy/store.ts';
import type { DependencyInput } from './dependency-machine.ts';
import type { Change, SagaContext } from './saga.ts';

/** Whether it changes where a node stands or what it refers to. */
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

/** What its new place must be known to be. */
export function placeRead(
  settings: ConsentSettings,
  { change, ids }: Pick<SagaContext, 'change' | 'ids'>,
) {
  const { service, baseNode } = settings;
  const [moving = ''] = ids;
  const references = referencedIds(settings, attributesOf(change));
  return hierarchyRead('place', {
    service,
    baseNode,
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

/** Nodes of others it will depend on newly. */
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

/** What stands against it at its new place; nothing where it stays. */
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

/** The update as one write, made together with its decision. */
export function changeWrite(
  service: string,
  context: SagaContext,
  epochs: Readonly<Record<string, number>>,
) {
  const { change, nodes, generations, place, saga } = context;
  const [node] = nodes;
  if (change === null || node === undefined) return undefined;
  const { attributes } = change;
  const depends = Object.keys(generations);
  const against = new Set(
    place === null ? [] : holdsAtPlace(context, place).map((hold) => hold.saga),
  );
  const despite = [
    saga,
    ...(place?.holds ?? []).map((hold) => hold.saga).filter((one) => !against.has(one)),
  ];
  return hierarchyWrite(
    'modify',
    {
      id: node.id,
      service,
      attributes,
      ...(change.parentId === undefined ? {} : { parentId: change.parentId, despite }),
      ...(depends.length === 0 ? {} : { dependsOn: depends }),
    },
    { epochs, ...(depends.length === 0 ? {} : { subscribed: generations }) },
  );
}

/** The message voters see: what would change. */
export function changeData({ attributes, parentId }: Change): JsonObject {
  return { attributes, ...(parentId === undefined ? {} : { parentId }) };
}
