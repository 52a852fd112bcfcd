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

export type CreateData = {
  readonly parentId?: string | null;
  readonly attributes?: GivenAttributes;
};

export type CreateEvent = MessageEvent<CreateData, Placement, 'create'>;
export type PlaceEvent = ReadEvent<Placement, 'place'>;
export type SubscribedEvent = AnswerEvent<
  { readonly nodeId: string },
  'subscribed' | 'subscribed.unroutable'
>;
export type Events = CreateEvent | PlaceEvent | SubscribedEvent | WriteErrorEvent;

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

export function problemOf(
  settings: ConsentSettings,
  context: Context,
  event: CreateEvent | PlaceEvent,
): Problem | undefined {
  const { parentId, attributes } = event.type === 'create' ? event.data : context;
  return placementProblem(settings, event.$.read, parentId ?? undefined, attributes);
}

/** The nodes of other services that the node of a request would depend on. */
export function dependsIn(
  settings: ConsentSettings,
  { data, $: { read: placement } }: CreateEvent,
): readonly string[] {
  return dependsOn(settings, placement, referencedIds(settings, data.attributes));
}

export function takenFrom(settings: ConsentSettings, event: CreateEvent) {
  const { message, read: place } = event.$;
  const depends = dependsIn(settings, event);
  return {
    parentId: event.data.parentId ?? null,
    attributes: event.data.attributes ?? {},
    message,
    place,
    depends,
    generations: nextGenerations(place, depends),
  };
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
  const entity = upstreamOf(settings, place, about.nodeId)?.entity;
  if (type === 'subscribed.unroutable') {
    const message = `the service of ${entity} cannot be reached`;
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
