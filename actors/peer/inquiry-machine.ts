/**
 * Answers a voter in doubt (`isDeleting`, `isUpdating`): `ok` if the saga has decided, `no` if the
 * saga is called off, `wait` while the saga still asks. Ephemeral.
 *
 * - A node without a record counts as called off, or was never asked about (presumed abort).
 * - A promise whose question had passed through no more services than the saga has now, when this
 *   service engages the node, is of an earlier part of this service, and that part is called off.
 *   Every chain of `wait` so leads to the root of the saga. Services that promise in a circle could
 *   otherwise hold each other for ever.
 * - About the end of a retention: `ok` while the asker is told the end, else `no`. Somebody who knows
 *   a finished saga could otherwise end its retentions early.
 * - If only the node's tombstone is left, the saga has ended without this voter. Then the machine
 *   sends the decision to this voter again.
 */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { publish, reply } from '../../runtime/step/effects.ts';
import { answersBody, noBody, okBody, waitBody } from '../consent/answers.ts';
import type { LedgerReads } from '../consent/ledger/store.ts';
import { consentMessage } from '../consent/messages.ts';
import { idList, type NodesData } from '../consent/node-ids.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbOf, verbs } from '../consent/verbs.ts';

type States = LedgerReads['engagementStates']['result'];
type InquiryEvent = MessageEvent<NodesData, States, 'isDeleting' | 'isUpdating'>;
type Args = { event: InquiryEvent };

export function inquiryMachine(settings: ConsentSettings) {
  const answerOf = ({ $ }: InquiryEvent, id: string): JsonObject => {
    const found = $.read.find(({ nodeId }) => nodeId === id);
    if (found === undefined) return noBody(settings.service, 'it was called off, or never asked');
    if (found.state !== 'asking' && found.state !== 'promised') return okBody;
    const questionHops = sagaHeaders($.message.headers)?.questionHops ?? Number.POSITIVE_INFINITY;
    return (found.hops ?? 0) < questionHops
      ? waitBody
      : noBody(settings.service, 'the question came from a part that was called off');
  };

  return setup({
    types: {} as { events: InquiryEvent },
    actions: {
      answer: reply(({ event }: Args) => ({
        to: event.$.message.replyTo ?? undefined,
        body: answersBody(idList(event.data.id), (id) => answerOf(event, id)),
        recorded: false,
      })),
      tellAgain: publish(({ event }: Args) => {
        const {
          type,
          $: { message, read: states },
        } = event;
        const headers = sagaHeaders(message.headers);
        const ids = states
          .filter(({ state }) => state === 'tombstoned')
          .map(({ nodeId }) => nodeId);
        if (headers === undefined || message.from === null || ids.length === 0) return undefined;
        const verb = verbs[verbOf(type).name];
        const scope = { saga: headers.saga, epoch: 0, hops: headers.hops, deadlineMs: null };
        return ids.map((id) =>
          consentMessage(settings, verb.doing, [id], scope, {
            service: message.from ?? '',
            routingKey: message.from ?? '',
          }),
        );
      }),
    },
  }).createMachine({
    id: 'inquiry',
    initial: 'asked',
    states: {
      asked: {
        on: {
          isDeleting: { target: 'answered', actions: ['answer', 'tellAgain'] },
          isUpdating: { target: 'answered', actions: ['answer', 'tellAgain'] },
        },
      },
      answered: { type: 'final' },
    },
  });
}
