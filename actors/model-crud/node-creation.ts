/**
 * The context and the rules of a node's creation. Pure.
 *
 * Boundary: `node-creation-machine.ts` has the states and the effects.
 */
import type {
  AnswerEvent,
  MessageEvent,
  MessageInfo,
  ReadEvent,
  WriteErrorEvent,
} from '../../runtime/messages/message-events.ts';
import { readAnswer } from '../consent/answers.ts';
import { compatibleSagas } from '../consent/conflicts.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import {
  dependsOn,
  nextGenerations,
  type Placement,
  type Problem,
  placementProblem,
  referencedIds,
  upstreamOf,
} from '../consent/placement.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { unreachableOwner } from '../consent/subscribe-messages.ts';
import type { EntityHooks } from './entity-hooks.ts';
import {
  type Copy,
  type CopyBelow,
  type CopyEvent,
  type CopyPlace,
  copiesOf,
  copyProblem,
} from './subtree-copy.ts';

export type CreateData = {
  readonly parentId?: string | null;
  readonly attributes?: GivenAttributes;
};

export type CreateEvent = MessageEvent<CreateData, Placement, 'create'>;
/** The first event: a new node, or copies of nodes. */
export type FirstEvent = CreateEvent | CopyEvent;
/** `source`: of a copy. */
export type PlaceEvent = ReadEvent<Placement & Partial<Pick<CopyPlace, 'source'>>, 'place'>;
export type SubscribedEvent = AnswerEvent<
  { readonly nodeId: string },
  'subscribed' | 'subscribed.unroutable'
>;
export type Events = FirstEvent | PlaceEvent | SubscribedEvent | WriteErrorEvent;

export type Context = {
  readonly id: string;
  /** null: the node stands below the entity's base node. */
  readonly parentId: string | null;
  readonly attributes: GivenAttributes;
  readonly message: MessageInfo | null;
  readonly place: Placement;
  /** The nodes of other services that the new node depends on. */
  readonly depends: readonly string[];
  /** The generation of the subscription to each of these nodes. */
  readonly generations: Readonly<Record<string, number>>;
  /** The nodes whose owners have answered the subscription with `ok`. */
  readonly subscribed: readonly string[];
  readonly attempts: number;
  readonly problem: Problem | null;
  /** The further nodes of a copy. Absent: one node is created. */
  readonly copy?: Copy;
};

export type Args = { context: Context; event: Events };

export function initialContext(id: string): Context {
  return {
    id,
    parentId: null,
    attributes: {},
    message: null,
    place: { parent: null, above: [], classes: {}, holds: [], links: [] },
    depends: [],
    generations: {},
    subscribed: [],
    attempts: 0,
    problem: null,
  };
}

/** What is to be written: the first node, and the further nodes of a copy. */
type Wanted = Pick<Context, 'attributes' | 'parentId' | 'copy'>;

/** Of a first event; the problem that keeps a node from being copied. */
function wantedBy(
  settings: ConsentSettings,
  hooks: EntityHooks,
  { id }: Context,
  event: FirstEvent,
): Wanted | { readonly problem: Problem } {
  const { parentId = null } = event.data;
  if (event.type === 'create') return { parentId, attributes: event.data.attributes ?? {} };
  const copies = copiesOf(settings, hooks, id, event);
  if ('problem' in copies) return copies;
  const { attributes, ...copy } = copies;
  return { parentId, attributes, copy };
}

export function problemOf(
  settings: ConsentSettings,
  hooks: EntityHooks,
  context: Context,
  event: FirstEvent | PlaceEvent,
): Problem | undefined {
  const wanted = event.type === 'place' ? context : wantedBy(settings, hooks, context, event);
  if (!('attributes' in wanted)) return wanted.problem;
  const { attributes, copy } = wanted;
  const parentId = wanted.parentId ?? undefined;
  const { source, ...place }: PlaceEvent['$']['read'] = event.$.read;
  const problem = placementProblem(settings, place, parentId, attributes);
  if (problem !== undefined || copy === undefined || source === undefined) return problem;
  return copyProblem(settings, copy, { ...place, source }, parentId);
}

/** The nodes of other services that the nodes of a request would depend on. */
function dependsOfAll(settings: ConsentSettings, place: Placement, wanted: Wanted) {
  const { attributes, copy } = wanted;
  return dependsOn(settings, place, referencesIn(settings, attributes, copy));
}

/** The ids of nodes of others in the attributes of the new nodes. */
export function referencesIn(
  settings: ConsentSettings,
  attributes: GivenAttributes,
  copy: Copy | undefined,
): readonly string[] {
  const all = [attributes, ...(copy?.below ?? []).map((node) => node.attributes)];
  return [...new Set(all.flatMap((each) => referencedIds(settings, each)))];
}

export function takenFrom(
  settings: ConsentSettings,
  hooks: EntityHooks,
  context: Context,
  event: FirstEvent,
): Partial<Context> {
  const { message } = event.$;
  const { source: _, ...place }: PlaceEvent['$']['read'] = event.$.read;
  const wanted = wantedBy(settings, hooks, context, event);
  if (!('attributes' in wanted)) return { message, place };
  const depends = dependsOfAll(settings, place, wanted);
  return { ...wanted, message, place, depends, generations: nextGenerations(place, depends) };
}

/** The nodes that are written, parents first. */
export function nodesOf({ id, place, attributes, copy }: Context): readonly CopyBelow[] {
  return [{ id, parentId: place.parent?.id ?? '', attributes }, ...(copy?.below ?? [])];
}

/** The placement without the copied subtree. */
export function placeIn({ $ }: PlaceEvent): Placement {
  const { source: _, ...place } = $.read;
  return place;
}

/** The sagas whose holds on the parent do not exclude the create. */
export function despiteOf({ holds, parent }: Placement): readonly string[] {
  return compatibleSagas(holds, parent?.id ?? '');
}

/** The problem of a subscription that the owner refuses, or whose owner cannot be reached. */
export function subscriptionProblem(
  settings: ConsentSettings,
  { place }: Context,
  { type, about, answer }: SubscribedEvent,
): Problem {
  const { entity = '', owner } = upstreamOf(settings, place, about.nodeId) ?? {};
  if (type === 'subscribed.unroutable' && owner !== undefined) {
    const message = unreachableOwner(`the service of ${entity}`, owner);
    return { code: 503, name: 'not-reachable', message };
  }
  const reason = readAnswer(answer)?.reason ?? 'no reason given';
  const message = `the service of ${entity} refuses the subscription to ${about.nodeId}: ${reason}`;
  return { code: 409, name: 'refused', message };
}

export function timeoutProblem({ depends, subscribed }: Context): Problem {
  const open = depends.filter((nodeId) => !subscribed.includes(nodeId));
  const message =
    open.length > 0
      ? `no answer to the subscription to ${open.join(', ')}`
      : 'an operation still holds the parent, or a node that the new node depends on';
  return { code: 504, name: 'timed-out', message };
}
