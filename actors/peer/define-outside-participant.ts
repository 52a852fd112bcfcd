/**
 * A participant whose rows are outside of the journal's database: another database, or a system with
 * an API. Activities read the rows and clean up the rows, durably and with retries.
 *
 * - Weaker than `defineParticipant`: the rows are in no commit of the ledger, so nothing stops a row
 *   that is added outside after this service has agreed.
 */
import { type Clock, systemClock } from '../../runtime/ports/clock.ts';
import type { ServiceModule } from '../modules/service-module.ts';
import { outsideActivities } from '../outside-voter/activities.ts';
import { dependsOnMembers, questionRules } from './depends-on.ts';
import { outsideFragment } from './outside-fragment.ts';
import { type DependsOnOutsideEntities, outsideRows } from './outside-rows.ts';
import { checkOptions } from './own-fragments.ts';
import { type ParticipantParts, participantMembers, participantModule } from './participant.ts';

/**
 * A participant with rows outside: its own parts, and its rows that depend on nodes of other
 * services.
 */
export type OutsideParticipantOptions<
  Rows,
  TMachine extends string,
  TSchemas,
  TRequests,
> = ParticipantParts<DependsOnOutsideEntities<Rows>, TMachine, TSchemas, TRequests>;

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
  checkOptions('a participant', options, participantMembers, dependsOnMembers, questionRules);
  return participantModule(options, (settings) => {
    const activities = outsideActivities(outsideRows(settings, options.dependsOn), clock);
    const fragment = outsideFragment(settings, activities);
    return { fragment, dependences: [], view: { isOutside: true } };
  });
}
