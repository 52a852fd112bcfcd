/** What operators may say to a service, and what it says on to the actors that hold a saga. */

import type {
  IncomingMessage,
  MessageRoute,
  Target,
} from '../../runtime/messages/service-definition.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';
import {
  CancelSchema,
  OperateSchema,
  ReleaseSchema,
  RetireSchema,
  SkipSchema,
} from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead } from '../hierarchy/store.ts';

function textIn(message: IncomingMessage, name: string): string {
  return (message.data as JsonObject)[name] as string;
}

function byIdentity(message: IncomingMessage, fresh: string): Target {
  return { key: message.identity ?? fresh };
}

export function operatorRoutes({
  service,
  objectClass,
}: ConsentSettings): Readonly<Record<string, MessageRoute>> {
  const parts = (message: IncomingMessage): Read =>
    hierarchyRead('sagas', { service, saga: textIn(message, 'saga') });
  const lists = (message: IncomingMessage): Read =>
    hierarchyRead('subscriber', { service, objectClass, subscriber: textIn(message, 'service') });
  const taken = { machine: 'saga-operation', to: byIdentity, starts: true };
  const passedOn = {
    schema: OperateSchema,
    to: (message: IncomingMessage) => ({ key: textIn(message, 'key') }),
    starts: false,
  };
  return {
    cancel: { ...taken, schema: CancelSchema, read: parts },
    skip: { ...taken, schema: SkipSchema, read: parts },
    release: { ...taken, schema: ReleaseSchema, read: parts },
    retire: { ...taken, schema: RetireSchema, read: lists },
    operateSaga: { ...passedOn, machine: 'delete-saga' },
    operatePart: { ...passedOn, machine: 'voter' },
  };
}
