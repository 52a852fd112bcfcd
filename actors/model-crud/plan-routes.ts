/** The routes of the two questions without effect: `plan` of a client, and `wouldDelete` of a service that makes a plan. */
import type {
  IncomingMessage,
  MessageRoute,
  Target,
} from '../../runtime/messages/service-definition.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { dependantsRead } from '../consent/dependants-read.ts';
import { idList } from '../consent/node-ids.ts';
import { pathIn, WouldDeleteDataSchema } from '../consent/plan-question.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead } from '../hierarchy/store.ts';
import { PlanSchema } from './messages.ts';
import { byIdentity, dataOf } from './route-data.ts';

export function planRoutes(settings: ConsentSettings): Readonly<Record<string, MessageRoute>> {
  const { service, objectClass } = settings;
  const engagement = (message: IncomingMessage, { key: saga }: Target): Read => {
    const ids = idList(dataOf(PlanSchema, message).id);
    return hierarchyRead('engagement', { service, objectClass, ids, saga, mode: 'D' });
  };
  const dependants = (message: IncomingMessage): Read => {
    const data = dataOf(WouldDeleteDataSchema, message);
    const plan = sagaHeaders(message.headers)?.saga ?? '';
    return dependantsRead(settings, plan, 'D', idList(data.id), pathIn(data));
  };
  return {
    plan: {
      machine: 'deletion-plan',
      to: byIdentity,
      starts: true,
      schema: PlanSchema,
      read: engagement,
    },
    wouldDelete: {
      machine: 'deletion-plan',
      to: byIdentity,
      starts: true,
      schema: WouldDeleteDataSchema,
      read: dependants,
    },
  };
}
