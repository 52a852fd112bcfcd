/** The recipient of a request, and the bodies that the recipient takes. */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { Broken } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Destination } from '../step/effects.ts';
import { mainDestination } from './main-destination.ts';
import type { DataOf } from './service-definition.ts';

/** A service, as far as a request names it. Every `ServiceDefinition` is one. */
export interface RequestedService<TSchemas = unknown> {
  readonly config: Pick<ExchangeConfig, 'svcName' | 'consume'>;
  readonly schemas: TSchemas;
}

/** An exchange and a routing key, or a service. The request to a service goes to its main queue. */
export type Recipient = Destination | RequestedService;

/** A request to a service: one of its actions, and data that fit the schema of the action's route. */
export type RequestOf<TSchemas> = {
  [Action in keyof TSchemas & string]: {
    readonly action: Action;
    readonly data: DataOf<TSchemas[Action]>;
  };
}[keyof TSchemas & string];

/** The body of a message to the recipient. A plain destination takes any JSON. */
export type BodyFor<TRecipient> =
  TRecipient extends RequestedService<infer TSchemas> ? RequestOf<TSchemas> : Json;

/** Throws `Broken('config-invalid')` for a service without a main queue. */
export function destinationFor(recipient: Recipient): Destination {
  if (!('schemas' in recipient)) return recipient;
  const { config } = recipient;
  if (config.consume['main'] === undefined)
    throw new Broken('config-invalid', `${config.svcName}: the config has no /consume/main`, {
      at: '/consume/main',
    });
  return mainDestination(config);
}
