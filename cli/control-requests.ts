/**
 * The requests that a running `unanimous up` takes on its control socket: send a message to one of
 * its services, and look at sagas.
 *
 * - checked: a request is data until `controlRequestFrom` has checked it.
 */
import type { Deployment } from '../composition/open-deployment.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { isJsonObject } from '../config/json.ts';
import type { Client } from '../runtime/client.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import type { Destination } from '../runtime/step/effects.ts';
import { configNamed } from './config-files.ts';
import type { RequestHandler } from './control-socket.ts';

export type ControlRequest =
  | {
      readonly kind: 'send';
      readonly service: string;
      readonly action: string;
      readonly data: JsonObject;
    }
  | { readonly kind: 'saga-record'; readonly saga: string }
  | { readonly kind: 'sagas' };

/** Throws `Refused('bad-message')` for anything that is no request. */
export function controlRequestFrom(given: Json): ControlRequest {
  if (isJsonObject(given)) {
    const { kind, service, action, data, saga } = given;
    if (kind === 'sagas') return { kind };
    if (kind === 'saga-record' && typeof saga === 'string') return { kind, saga };
    if (
      kind === 'send' &&
      typeof service === 'string' &&
      typeof action === 'string' &&
      isJsonObject(data)
    )
      return { kind, service, action, data };
  }
  throw new Refused('bad-message', 'the control socket takes send, saga-record and sagas');
}

/** Exchange and routing key of a service's main queue. */
export function mainDestination({ consume }: ExchangeConfig): Destination {
  const main = consume['main'];
  return { exchange: main?.exchange ?? '', routingKey: main?.routingKeys[0] ?? '' };
}

/** Answers requests with the services of `deployment`; `client` sends to them. */
export function controlRequestHandler(
  configs: readonly ExchangeConfig[],
  deployment: Pick<Deployment, 'sagas' | 'sagaRecord'>,
  client: Pick<Client, 'request'>,
): RequestHandler {
  return async (given) => {
    const request = controlRequestFrom(given);
    switch (request.kind) {
      case 'sagas':
        return deployment.sagas();
      case 'saga-record':
        return (await deployment.sagaRecord(request.saga)) ?? null;
      case 'send': {
        const destination = mainDestination(configNamed(configs, request.service));
        const { action, data } = request;
        return client.request(destination, { action, data });
      }
      default:
        return request satisfies never;
    }
  };
}
