/** The two questions that have no effect: `plan`, of a requester, and `wouldDelete`, of a service that makes one. */

import type {
  IncomingMessage,
  MessageRoute,
  Target,
} from '../../runtime/messages/service-definition.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { dependantsRead } from '../consent/dependants-read.ts';
import { idsOf, sagaHeaders } from '../consent/messages.ts';
import { pathIn, WouldDeleteDataSchema } from '../consent/plan-question.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead } from '../hierarchy/store.ts';
import { PlanSchema } from './messages.ts';

function dataOf(message: IncomingMessage): JsonObject {
  return message.data as JsonObject;
}

export function planRoutes(settings: ConsentSettings): Readonly<Record<string, MessageRoute>> {
  const { service, objectClass } = settings;
  const to = (message: IncomingMessage, fresh: string): Target => ({
    key: message.identity ?? fresh,
  });
  const engagement = (message: IncomingMessage, { key: saga }: Target): Read =>
    hierarchyRead('engagement', {
      service,
      objectClass,
      ids: idsOf(dataOf(message)['id']),
      saga,
      mode: 'D',
    });
  const dependants = (message: IncomingMessage): Read =>
    dependantsRead(
      settings,
      sagaHeaders(message.headers)?.saga ?? '',
      'D',
      idsOf(dataOf(message)['id']),
      pathIn(message.data),
    );
  const planned = { machine: 'deletion-plan', to, starts: true };
  return {
    plan: { ...planned, schema: PlanSchema, read: engagement },
    wouldDelete: { ...planned, schema: WouldDeleteDataSchema, read: dependants },
  };
}
