/** Exchange and routing key of the main queue of a service: the place for requests. */
import type { ExchangeConfig } from '../config/exchange-config.ts';
import type { Destination } from '../runtime/step/effects.ts';

export function mainDestination({ consume }: ExchangeConfig): Destination {
  const main = consume['main'];
  return { exchange: main?.exchange ?? '', routingKey: main?.routingKeys[0] ?? '' };
}
