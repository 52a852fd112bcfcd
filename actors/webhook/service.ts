/**
 * A service whose answers come from another system over HTTP: a voter of the protocol, with the
 * webhook's part in place of an inner saga.
 *
 * - The service keeps nothing about a node but its promises: what depends on the node is in the
 *   other system. So the service cannot subscribe first, and owners name it in
 *   `consent.always_ask`.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { MessageRoute, ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { nodesTag } from '../consent/node-ids.ts';
import { WouldDeleteDataSchema } from '../consent/plan-question.ts';
import { voterView } from '../consent/reads/consent-view.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import { type ConsentSettings, voterSettings } from '../consent/settings.ts';
import { consentMachines } from '../peer/consent-machines.ts';
import { ownersOf } from '../peer/owner-messages.ts';
import type { ServiceFragment } from '../peer/service-fragment.ts';
import { voterFragment } from '../peer/voter-fragment.ts';
import { type WebhookPorts, webhookActivities } from './activities.ts';
import { webhookForecastMachine } from './forecast-machine.ts';
import { WebhookOffSchema } from './messages.ts';
import { webhookNoticeMachine } from './notice-machine.ts';
import { webhookPartMachine } from './part-machine.ts';
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
  const activities = webhookActivities(webhookSettings(config), { post, clock });
  const part = voterFragment(settings, {
    voter: consentMachines.voter(
      settings,
      { innerSaga: webhookPartMachine(settings, activities) },
      [],
      undefined,
    ),
    deletionPlan: webhookForecastMachine(settings, activities),
  });
  const machines: ServiceFragment['machines'] = {
    ...part.machines,
    'webhook-notice': webhookNoticeMachine(service, activities),
  };
  return defineService({
    config,
    stores: [store],
    views: [voterView({ service, upstreams, isOutside: true }, [])],
    machines,
    messages: { ...part.messages, wouldDelete: forecastRoute(settings), webhookOff },
    ignored: part.ignored,
  });
}

function forecastRoute(settings: ConsentSettings): MessageRoute {
  return {
    machine: 'deletion-plan',
    sender: 'service',
    speaksFor: (message) => ownersOf(message, settings),
    to: byIdentity,
    starts: true,
    schema: WouldDeleteDataSchema,
  };
}

const webhookOff: MessageRoute = {
  machine: 'webhook-notice',
  to: (message) => {
    const { saga, ids } = dataOf(WebhookOffSchema, message);
    return { key: identityOf(saga, nodesTag(ids)) };
  },
  starts: true,
  internal: true,
  schema: WebhookOffSchema,
};
