/**
 * A participant whose rows are outside of the journal's database: another database, or a system with
 * an API. Activities read the rows and clean them up, durably and tried again.
 *
 * - Weaker than `defineParticipant`: the rows are in no commit of the ledger, so nothing stops a row
 *   that is added outside after this service has agreed.
 */
import { type Clock, systemClock } from '../../runtime/ports/clock.ts';
import { voterView } from '../consent/reads/consent-view.ts';
import { voterSettings } from '../consent/settings.ts';
import type { ServiceModule } from '../modules/service-module.ts';
import { outsideActivities } from '../outside-voter/activities.ts';
import { ledgerServiceStore } from './ledger-service-store.ts';
import { outsideFragment } from './outside-fragment.ts';
import { type DependsOnOutsideEntities, outsideRows } from './outside-rows.ts';
import { nameOf, namesOf, type OwnFragments, serviceOf } from './own-fragments.ts';

/** A participant with rows outside: its own parts, and the rows that depend on others. */
export interface OutsideParticipantOptions<Rows, TMachine extends string, TSchemas, TRequests>
  extends OwnFragments<TMachine, TSchemas, TRequests> {
  /** The rows that depend on nodes of other services, by entity. */
  readonly dependsOn: DependsOnOutsideEntities<Rows>;
}

/** The service of the participant, for `openDeployment` and `unanimous up --module`. */
export function defineOutsideParticipant<
  Rows,
  TMachine extends string,
  TSchemas extends Readonly<Record<string, unknown>>,
  TRequests,
>(
  options: OutsideParticipantOptions<Rows, TMachine, TSchemas, TRequests>,
  clock: Pick<Clock, 'now'> = systemClock,
): ServiceModule {
  const { config, stores = [], dependsOn } = options;
  return {
    name: nameOf('a participant', options),
    ...(config === undefined ? {} : { config }),
    stores: [ledgerServiceStore, ...stores],
    define: (given, ports) => {
      const settings = voterSettings(given);
      const { service, upstreams } = settings;
      const activities = outsideActivities(outsideRows(settings, dependsOn), clock);
      const view = voterView({ service, upstreams, isOutside: true }, namesOf(stores));
      const part = outsideFragment(settings, activities);
      return serviceOf(given, options, ports, [part], [view], { dependences: [], upstreams });
    },
  };
}
