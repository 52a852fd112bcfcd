/**
 * The routes of the overrides of operators, and of the messages that pass an override to the actors
 * of a saga.
 */
import type { Static } from 'typebox';
import type { IncomingMessage, MessageRoute } from '../../runtime/messages/service-definition.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { ledgerRead } from '../consent/ledger/store.ts';
import {
  AdoptSchema,
  CancelSchema,
  OperateSchema,
  ReleaseSchema,
  RetireSchema,
  SkipSchema,
} from '../consent/operations.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import type { ConsentSettings } from '../consent/settings.ts';

type OfSaga = typeof CancelSchema | typeof SkipSchema | typeof ReleaseSchema;

/** `adopts`: whether nodes of other services can become nodes of this service. */
export function operatorRoutes(
  { service }: ConsentSettings,
  adopts: boolean,
): Readonly<Record<string, MessageRoute>> {
  const ofSaga = (schema: OfSaga): MessageRoute => ({
    machine: 'saga-operation',
    sender: 'operator',
    to: byIdentity,
    starts: true,
    schema,
    read: (message: IncomingMessage): Read => {
      const { saga }: Static<OfSaga> = dataOf(schema, message);
      return ledgerRead('sagas', { service, saga });
    },
  });
  const passedOn = (machine: string): MessageRoute => ({
    machine,
    to: (message) => ({ key: dataOf(OperateSchema, message).key }),
    starts: false,
    internal: true,
    schema: OperateSchema,
  });
  return {
    cancel: ofSaga(CancelSchema),
    skip: ofSaga(SkipSchema),
    release: ofSaga(ReleaseSchema),
    retire: {
      machine: 'saga-operation',
      sender: 'operator',
      to: byIdentity,
      starts: true,
      schema: RetireSchema,
      read: (message) => {
        const { service: subscriber } = dataOf(RetireSchema, message);
        return consentRead('retirement', { subscriber });
      },
    },
    ...(adopts
      ? {
          adopt: {
            machine: 'adoption',
            sender: 'operator',
            to: byIdentity,
            starts: true,
            schema: AdoptSchema,
            read: (message) =>
              consentRead('adoption', { from: dataOf(AdoptSchema, message).service }),
          },
        }
      : {}),
    operateSaga: passedOn('delete-saga'),
    operatePart: passedOn('voter'),
  };
}
