/**
 * The voter's fragment of a service whose answers come from a system outside: the part of the
 * system replaces the inner saga, a notice tells the system that a saga was called off, and a plan
 * asks the system without effect.
 */
import type { MessageRoute } from '../../runtime/messages/service-definition.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import { nodesTag } from '../consent/node-ids.ts';
import { WouldDeleteDataSchema } from '../consent/plan-question.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import type { OutsideActivities } from '../outside-voter/activities.ts';
import { outsideForecastMachine } from '../outside-voter/forecast-machine.ts';
import { OutsideOffSchema } from '../outside-voter/messages.ts';
import { outsideNoticeMachine } from '../outside-voter/notice-machine.ts';
import { outsidePartMachine } from '../outside-voter/part-machine.ts';
import { type ConsentMachines, consentMachines } from './consent-machines.ts';
import { ownersOf } from './owner-messages.ts';
import type { ServiceFragment } from './service-fragment.ts';
import { voterFragment } from './voter-fragment.ts';

export function outsideFragment(
  settings: ConsentSettings,
  activities: OutsideActivities,
  { voter }: Pick<ConsentMachines, 'voter'> = consentMachines,
): ServiceFragment {
  const innerSaga = outsidePartMachine(settings, activities);
  const { machines, messages, ignored } = voterFragment(settings, {
    voter: voter(settings, { innerSaga }, [], undefined),
    deletionPlan: outsideForecastMachine(settings, activities),
  });
  return {
    machines: { ...machines, 'outside-notice': outsideNoticeMachine(settings.service, activities) },
    messages: { ...messages, wouldDelete: forecastRoute(settings), outsideOff },
    ignored,
  };
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

const outsideOff: MessageRoute = {
  machine: 'outside-notice',
  to: (message) => {
    const { saga, ids } = dataOf(OutsideOffSchema, message);
    return { key: identityOf(saga, nodesTag(ids)) };
  },
  starts: true,
  internal: true,
  schema: OutsideOffSchema,
};
