/**
 * A service whose answers come from another system over HTTP: a voter of the protocol whose outside
 * system is behind a webhook.
 *
 * - The service keeps only its promises: the rows that depend on nodes are in the other system. So
 *   the service cannot subscribe first, and owners name it in `consent.always_ask`.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { voterView } from '../consent/reads/consent-view.ts';
import { voterSettings } from '../consent/settings.ts';
import { outsideActivities } from '../outside-voter/activities.ts';
import { outsideFragment } from '../peer/outside-fragment.ts';
import { type WebhookPorts, webhookSystem } from './activities.ts';
import { webhookSettings } from './section.ts';

export type WebhookServiceOptions = {
  readonly config: ExchangeConfig;
  /** The ledger. */
  readonly store: Pick<Store<never>, 'name' | 'read'>;
} & WebhookPorts;

/** Throws `Broken('config-invalid')` for a config without `consume.main`. */
export function defineWebhookService({
  config,
  store,
  post,
  clock,
}: WebhookServiceOptions): ServiceDefinition {
  const settings = voterSettings(config);
  const { service, upstreams } = settings;
  const system = webhookSystem(webhookSettings(config), { post, clock });
  const { machines, messages, ignored } = outsideFragment(
    settings,
    outsideActivities(system, clock),
  );
  return defineService({
    config,
    stores: [store],
    views: [voterView({ service, upstreams, isOutside: true }, [])],
    machines,
    messages,
    ignored,
  });
}
