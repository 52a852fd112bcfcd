/** What a running `unanimous up` does for the commands that knock at its door: pass a message on to one of its services, and look at sagas. */

import type { Deployment } from '../composition/open-deployment.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import type { Client } from '../runtime/client.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import type { Destination } from '../runtime/step/effects.ts';

/** What may be asked for at the door. */
export type DoorRequest =
  | {
      readonly want: 'tell';
      readonly service: string;
      readonly action: string;
      readonly data: JsonObject;
    }
  | { readonly want: 'record'; readonly saga: string }
  | { readonly want: 'sagas' };

/** Where a service takes its messages. */
export function entranceOf(config: ExchangeConfig): Destination {
  const main = config.consume['main'];
  return { exchange: main?.exchange ?? '', routingKey: main?.routingKeys[0] ?? '' };
}

export function configNamed(configs: readonly ExchangeConfig[], service: string): ExchangeConfig {
  const found = configs.find(({ svcName }) => svcName === service);
  if (found !== undefined) return found;
  throw new Refused(
    'not-found',
    `there is no config of a service '${service}'; there are ${configs.map(({ svcName }) => svcName).join(', ')}`,
  );
}

export function behindDoor(
  configs: readonly ExchangeConfig[],
  deployment: Pick<Deployment, 'sagas' | 'sagaRecord'>,
  client: Client,
) {
  return async (request: JsonObject): Promise<Json> => {
    const wanted = request as unknown as DoorRequest;
    if (wanted.want === 'sagas') return (await deployment.sagas()) as unknown as Json;
    if (wanted.want === 'record')
      return ((await deployment.sagaRecord(wanted.saga)) ?? null) as unknown as Json;
    const { service, action, data } = wanted;
    return client.request(entranceOf(configNamed(configs, service)), { action, data });
  };
}
