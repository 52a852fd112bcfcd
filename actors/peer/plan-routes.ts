/**
 * The routes of the two questions without effect: `plan` of a client, and `wouldDelete` of a
 * service that makes a plan.
 */
import type {
  IncomingMessage,
  MessageRoute,
  Target,
} from '../../runtime/messages/service-definition.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { idList } from '../consent/node-ids.ts';
import { pathIn, WouldDeleteDataSchema } from '../consent/plan-question.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { PlanSchema } from './messages.ts';
import { checkExchange, ownersOf } from './owner-messages.ts';

/** The question of a service that makes a plan. */
export function wouldDeleteRoute(settings: ConsentSettings): MessageRoute {
  const dependants = (message: IncomingMessage): Read => {
    const data = dataOf(WouldDeleteDataSchema, message);
    const plan = sagaHeaders(message.headers)?.saga ?? '';
    const path = pathIn(data);
    const except = path.length === 0 ? {} : { except: path };
    return consentRead('dependants', { saga: plan, mode: 'D', ids: idList(data.id), ...except });
  };
  return {
    machine: 'deletion-plan',
    sender: 'service',
    speaksFor: (message) => ownersOf(message, settings),
    to: (message, newId) => {
      checkExchange(message, settings);
      return byIdentity(message, newId);
    },
    starts: true,
    schema: WouldDeleteDataSchema,
    read: dependants,
  };
}

/** The request of a client. */
export function planRoute(): MessageRoute {
  const engagement = (message: IncomingMessage, { key: saga }: Target): Read => {
    const ids = idList(dataOf(PlanSchema, message).id);
    return consentRead('engagement', { ids, saga, mode: 'D' });
  };
  return {
    machine: 'deletion-plan',
    to: byIdentity,
    starts: true,
    schema: PlanSchema,
    read: engagement,
  };
}
