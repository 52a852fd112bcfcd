/**
 * What one voter keeps of deleted nodes until a certain time: the machine waits for the time, and
 * then sends the voter `deleting` with `retention_ended` until the voter has removed what it kept.
 *
 * - The wait is a timer of the journal. A time in the past ends the wait at once.
 * - Confirmed: a voter inquires about the end, and the owner answers by its tombstones and the note
 *   of the retention. The saga notes the retention as it removes the nodes, and the note keeps the
 *   tombstones. The note says that the end has come in the commit that sends the end, and goes when
 *   the voter has acknowledged the end.
 * - The tombstones are written again at the end: a retention that began before there were notes, or
 *   of a node that another service owns now, has none.
 */

import { type Static, Type } from 'typebox';
import { type AnyStateMachine, assertEvent, assign, setup } from 'xstate';
import { parseIsoTime } from '../../config/iso-time.ts';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { identityBelow, identityOf } from '../../runtime/ports/identity.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import { type Publish, record, write } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import { consentMessage } from '../consent/messages.ts';
import { idsInParts } from '../consent/node-ids.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbs } from '../consent/verbs.ts';
import type { Vote } from '../consent/vote.ts';

/** The data of a service's message to itself after its saga has removed its nodes. */
export const RetentionSchema = Type.Object(
  {
    saga: Type.String(),
    voter: Type.String(),
    routingKey: Type.String(),
    until: Type.String(),
    ids: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type Retention = Static<typeof RetentionSchema>;

export function retentionKey({ saga, voter, until }: Retention): string {
  return identityOf(saga, voter, until);
}

type Kept = {
  readonly saga: string;
  readonly votes: readonly Vote[];
  readonly subscriptions: readonly { readonly service: string; readonly routingKey?: string }[];
};

/** One for each voter and moment. What is kept by services further down is theirs to end. */
export function retentionsOf({ saga, votes, subscriptions }: Kept): readonly Retention[] {
  const found = new Map<string, Retention & { readonly ids: string[] }>();
  for (const { voter, nodeId, retains = [] } of votes)
    for (const { service, until } of retains) {
      if (service !== voter || until === undefined) continue;
      const key = identityOf(voter, until);
      const known = found.get(key);
      if (known === undefined) {
        const { routingKey = voter } = subscriptions.find((one) => one.service === voter) ?? {};
        found.set(key, { saga, voter, routingKey, until, ids: [nodeId] });
      } else if (!known.ids.includes(nodeId)) known.ids.push(nodeId);
    }
  return [...found.values()];
}

/** The write by which the owner notes what the voter keeps. */
export function retentionNote(
  service: string,
  { saga, voter, until, ids: nodeIds }: Retention,
  state: 'open' | 'ended' | 'told',
): Write {
  return ledgerWrite('retain', { saga, service, nodeIds, voter, until, state }, null);
}

type Events =
  | MessageEvent<Retention, unknown, 'retention'>
  | { readonly type: 'xstate.done.actor.clean-up'; readonly $: Stamp };
type Context = { readonly retention: Retention; readonly waitMs: number };
type Args = { readonly context: Context };

const none: Retention = { saga: '', voter: '', routingKey: '', until: '', ids: [] };

/** `cleanUp`: tells a voter until the voter has done its part. */
export function retentionMachine(settings: ConsentSettings, cleanUp: AnyStateMachine) {
  const { service } = settings;
  return setup({
    types: {} as { context: Context; events: Events },
    actors: { cleanUp },
    delays: { end: ({ context }) => context.waitMs },
    actions: {
      take: assign(({ event }) => {
        assertEvent(event, 'retention');
        const { data, $ } = event;
        return { retention: data, waitMs: Math.max(0, (parseIsoTime(data.until) ?? 0) - $.atMs) };
      }),
      noteEnd: write<Context, Events>(({ context: { retention }, event }) => {
        const { saga, ids: nodeIds } = retention;
        const { atMs } = event.$;
        return [
          ledgerWrite('fulfil', { saga, service, nodeIds, gone: true, atMs }, null),
          retentionNote(service, retention, 'ended'),
        ];
      }),
      forget: write<Context, Events>(({ context: { retention } }) =>
        retentionNote(service, retention, 'told'),
      ),
      recordEnded: record(({ context: { retention } }: Args) => ({
        topic: retention.saga,
        line: {
          what: 'retention ended',
          voter: retention.voter,
          until: retention.until,
          nodeIds: retention.ids,
        },
      })),
    },
  }).createMachine({
    id: 'retention',
    context: { retention: none, waitMs: 0 },
    initial: 'starting',
    on: { retention: {} },
    states: {
      starting: { on: { retention: { target: 'waiting', actions: 'take' } } },
      waiting: { after: { end: 'telling' } },
      telling: {
        entry: 'noteEnd',
        invoke: {
          id: 'clean-up',
          src: 'cleanUp',
          input: ({ context }: Args) => endInput(settings, context.retention),
          onDone: { target: 'ended', actions: ['forget', 'recordEnded'] },
        },
      },
      ended: { type: 'final' },
    },
  });
}

function endInput(settings: ConsentSettings, retention: Retention): JsonObject {
  const { saga, voter, ids } = retention;
  const ballots = idsInParts(ids, settings.questionIdsMax).map((nodeIds) => ({
    voters: [voter],
    nodeIds,
    question: endMessage(settings, retention, nodeIds),
  }));
  return { saga, action: verbs.delete.doing, ballots };
}

function endMessage(
  settings: ConsentSettings,
  { saga, voter, routingKey, until }: Retention,
  nodeIds: readonly string[],
): Publish {
  const message = consentMessage(
    settings,
    verbs.delete.doing,
    nodeIds,
    { saga, epoch: 0, hops: 1, deadlineMs: null },
    { service: voter, routingKey },
    { retention_ended: true },
  );
  return { ...message, messageId: identityBelow(message.messageId ?? '', 'retention', until) };
}
