/**
 * The voter's fragment of a service's definition: the machine that answers the questions of owners,
 * and the routes of these questions.
 *
 * Boundary: a service with nodes of its own also has `owner-fragment.ts`.
 */
import type { AnyStateMachine } from 'xstate';
import type { IncomingMessage, MessageRoute } from '../../runtime/messages/service-definition.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { idList, NodesDataSchema } from '../consent/node-ids.ts';
import { dataOf } from '../consent/route-data.ts';
import { sagaHeaders, sagaKey } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbOf } from '../consent/verbs.ts';
import { checkExchange, ownersOf } from './owner-messages.ts';
import { wouldDeleteRoute } from './plan-routes.ts';
import type { ServiceFragment } from './service-fragment.ts';

/** Facts of other services. A service that depends on a node hears `deleting` before the fact. */
const facts = ['created', 'updated', 'deleted'];

/**
 * Whether a question is a new owner's broadcast to old peers. A new owner asks a new peer under the
 * peer's own name.
 */
function isForOldPeers(message: IncomingMessage, service: string): boolean {
  return sagaHeaders(message.headers) !== undefined && message.routingKey !== service;
}

/** Whether a decision or an inquiry is about the end of a retention. */
export function isAboutEnd(message: IncomingMessage): boolean {
  return dataOf(NodesDataSchema, message).retention_ended === true;
}

function isRetentionEnd(message: IncomingMessage): boolean {
  return message.action.endsWith('deleting') && isAboutEnd(message);
}

/** The node ids of a question. */
export function idsIn(message: IncomingMessage): readonly string[] {
  return idList(dataOf(NodesDataSchema, message).id);
}

/** Questions and decisions start the voter's actor; a call off meets an actor or is ignored. */
function voterRoute(settings: ConsentSettings, kind: 'question' | 'call-off'): MessageRoute {
  const { service } = settings;
  const sagaOf = (message: IncomingMessage): string =>
    sagaKey(message.headers, message.exchange, idsIn(message)[0] ?? '');
  const dependants = (message: IncomingMessage): Read =>
    consentRead('dependants', {
      saga: sagaOf(message),
      mode: verbOf(message.action).mode,
      ids: idsIn(message),
      exchange: message.exchange,
      ...(isRetentionEnd(message) ? { retentionEnded: true } : {}),
    });
  return {
    machine: 'voter',
    sender: 'service',
    speaksFor: (message) => ownersOf(message, settings),
    schema: NodesDataSchema,
    starts: kind === 'question',
    ignoreIfAbsent: true,
    to: (message) => {
      checkExchange(message, settings);
      return isForOldPeers(message, service) ? [] : [{ key: sagaOf(message) }];
    },
    ...(kind === 'question' ? { read: dependants } : {}),
  };
}

/** `deletionPlan`: answers `wouldDelete`. */
export function voterFragment(
  settings: ConsentSettings,
  {
    voter,
    deletionPlan,
  }: { readonly voter: AnyStateMachine; readonly deletionPlan: AnyStateMachine },
): ServiceFragment {
  const question = voterRoute(settings, 'question');
  const callOff = voterRoute(settings, 'call-off');
  return {
    machines: { voter, 'deletion-plan': deletionPlan },
    messages: {
      wouldDelete: wouldDeleteRoute(settings),
      mayDelete: question,
      mayUpdate: question,
      deleting: question,
      updating: question,
      notDeleted: callOff,
      notUpdated: callOff,
    },
    ignored: facts,
  };
}
