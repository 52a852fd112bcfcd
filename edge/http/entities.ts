/** The entities that HTTP serves: the gateways of a deployment, each under the name of its entity. */
import { mainDestination } from '../../composition/main-destination.ts';
import type { ExchangeConfig, Limits } from '../../config/exchange-config.ts';
import type { Destination } from '../../runtime/step/effects.ts';

export interface Entity {
  /** `tags` of the service `tags_api_crud`. */
  readonly name: string;
  /** The service that takes the requests. */
  readonly service: string;
  readonly destination: Destination;
  readonly limits: Limits;
}

export function entitiesOf(configs: readonly ExchangeConfig[]): readonly Entity[] {
  const gateways = configs.filter(({ sections }) => sections['api_crud'] !== undefined);
  return gateways.map((config) => ({
    name: config.svcName.replace(/_api_crud$/, ''),
    service: config.svcName,
    destination: mainDestination(config),
    limits: config.limits,
  }));
}
