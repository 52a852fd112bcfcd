/**
 * The extra steps of an update that moves a node or changes references. Each entry is one action or
 * guard of `delete-saga-machine.ts`, under the name in the tables of states.
 *
 * - Subscribe first: an update subscribes to the new dependencies of its node before it holds the
 *   node.
 * - The place is read again before the decision. A place that another saga holds, or a subscription
 *   that was given back, calls the update off or makes the update wait.
 */

import { assertEvent, setup } from 'xstate';
import { publish, read, reply, write } from '../../runtime/step/effects.ts';
import { mayWaitFor } from '../consent/conflicts.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import type { Nodes } from '../consent/nodes.ts';
import { isGivenUp, nextGenerations, upstreamOf } from '../consent/placement.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  changeAdditions,
  changeWrites,
  holdsAtPlace,
  newDependencies,
  placeRead,
  relocates,
  relocationProblem,
} from './relocation.ts';
import { rosterAgreement } from './saga.ts';
import {
  type Args,
  type Context,
  type DependencyEvent,
  type Events,
  types,
} from './saga-context.ts';
import { callerOf, changeIn, placementIn, startIn } from './saga-start.ts';

const { assign } = setup({ types });

function placeProblem(settings: ConsentSettings, { change }: Context, event: Events) {
  return relocationProblem(settings, change, placementIn(event));
}

function holdsIn(context: Context, event: Events) {
  return holdsAtPlace(context, placementIn(event));
}

/** The new place and the new dependencies of the node. */
export function placeActions(settings: ConsentSettings, nodes: Nodes) {
  const { service } = settings;
  return {
    readPlace: read(({ context }: Args) => ({ ...placeRead(settings, context), event: 'place' })),
    takePlace: assign({ place: ({ event }) => placementIn(event) }),
    noteDependencies: assign(({ context, event }) => {
      const place = placementIn(event);
      return {
        place,
        generations: nextGenerations(place, newDependencies(settings, context.change, place)),
      };
    }),
    link: write(({ context }: Args) =>
      Object.entries(context.generations).map(([nodeId, generation]) => {
        const entity = context.place && upstreamOf(settings, context.place, nodeId)?.entity;
        const to = typeof entity === 'string' ? { entity } : {};
        return ledgerWrite('link', { service, nodeId, generation, ...to }, null);
      }),
    ),
    change: write(({ context, event }: Args) => [
      ...changeWrites(service, nodes, context),
      ...changeAdditions(nodes, context, event.$.atMs).writes,
    ]),
    startAfterChange: publish(
      ({ context, event }: Args) => changeAdditions(nodes, context, event.$.atMs).messages,
    ),
  };
}

/** The reasons for which a new place is refused. */
export function placeRefusals(settings: ConsentSettings) {
  const { service } = settings;
  return {
    answerPlaceProblem: reply(({ context, event }: Args) => ({
      to: callerOf({ context, event }),
      body: { error: placeProblem(settings, context, event) ?? null },
    })),
    answerDependencyProblem: reply(
      'xstate.done.actor.dependency',
      ({ context, event }: { context: Context; event: DependencyEvent }) => ({
        to: context.requester,
        body: { error: { code: 409, name: 'refused', message: event.output.reason } },
      }),
    ),
    notePlaceRefusal: assign(({ context, event }) => {
      const [hold] = holdsIn(context, event);
      const held =
        hold === undefined
          ? 'a subscription it counts on was given back'
          : `its new place is held by the saga ${hold.saga}`;
      const reason = placeProblem(settings, context, event)?.message ?? held;
      return { refusals: [{ service, nodeId: context.nodes[0]?.id ?? '', reason }] };
    }),
  };
}

/** The links that an update leaves behind. */
export const upstreamActions = {
  readUpstream: read(({ context }: Args) => ({
    ...consentRead('orphanedLinks', { nodeIds: context.nodes.map(({ id }) => id) }),
    event: 'links',
  })),
  noteUpstream: assign({
    upstream: ({ event }) => {
      assertEvent(event, 'links');
      return event.$.read.map(({ nodeId }) => nodeId);
    },
  }),
  readLeftBehind: read(({ context }: Args) => ({
    ...consentRead('orphanedLinks', { nodeIds: [], upstream: context.upstream }),
    event: 'links',
  })),
};

/** The questions about the new place. */
export function placeGuards(settings: ConsentSettings) {
  return {
    relocates: ({ event }: Args) => relocates(settings, changeIn(startIn(event))),
    placeIsWrong: ({ context, event }: Args) =>
      placeProblem(settings, context, event) !== undefined,
    dependsNewly: ({ context, event }: Args) =>
      newDependencies(settings, context.change, placementIn(event)).length > 0,
    isSubscribed: ({ event }: Args) => {
      assertEvent(event, 'xstate.done.actor.dependency');
      return event.output.reason === null;
    },
    agreedToRelocate: ({ context, event }: Args) => {
      assertEvent(event, 'roster');
      return (
        context.role === 'root' &&
        relocates(settings, context.change) &&
        rosterAgreement(context, event.$.read) === 'agreed'
      );
    },
    placeIsLost: ({ context, event }: Args) => {
      const holds = holdsIn(context, event);
      const waits = mayWaitFor(context.age, holds) && context.nowMs < context.deadlineAtMs;
      return isGivenUp(placementIn(event), context.generations) || (holds.length > 0 && !waits);
    },
    placeIsHeld: ({ context, event }: Args) => holdsIn(context, event).length > 0,
    leavesBehind: ({ context }: Args) =>
      context.verb.name === 'update' && context.upstream.length > 0,
  };
}
