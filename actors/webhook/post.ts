/** A POST to a webhook over HTTP, to an address that was checked. */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { exchange } from '../outside/http-exchange.ts';
import { ReachableAddresses } from '../outside/reachable-addresses.ts';
import type { WebhookPost } from './activities.ts';
import { webhookSettings } from './section.ts';

/** For a config with the section `webhook`. */
export function webhookPost(config: ExchangeConfig): WebhookPost {
  const addresses = new ReachableAddresses(webhookSettings(config).addresses);
  return ({ url, headers, body, timeoutMs, signal }) =>
    exchange({ method: 'POST', url, headers, body, signal }, { addresses, timeoutMs });
}
