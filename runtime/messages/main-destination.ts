/** Exchange and routing key of the main queue of a service: the place for requests. */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { Destination } from '../step/effects.ts';

export function mainDestination({ consume }: Pick<ExchangeConfig, 'consume'>): Destination {
  const main = consume['main'];
  return { exchange: main?.exchange ?? '', routingKey: main?.routingKeys[0] ?? '' };
}
