/** Where a service publishes, by the key its config gives the place. */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { Broken } from '../ports/errors.ts';
import type { Destination } from '../step/effects.ts';

/** @throws Broken `config-invalid` when the config has no such publisher. */
export function destinationOf(
  config: Pick<ExchangeConfig, 'svcName' | 'publish'>,
  key: string,
): Destination {
  const entry = config.publish[key];
  if (entry === undefined) {
    const known = Object.keys(config.publish).join(', ') || 'nothing';
    throw new Broken(
      'config-invalid',
      `${config.svcName} publishes to '${key}', and its config has no such key in publish (found: ${known})`,
      {
        at: `/publish/${key}`,
      },
    );
  }
  return { exchange: entry.exchange, routingKey: entry.routingKey };
}
