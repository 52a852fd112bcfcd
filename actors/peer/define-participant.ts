/**
 * A service of a user that takes part in consent: its rows depend on nodes of other services. So
 * the service is asked before such a node is deleted or updated, and cleans up after a decision.
 */
import { deletionPlanMachine } from '../deletion-plan/deletion-plan-machine.ts';
import type { ServiceModule } from '../modules/service-module.ts';
import { type ConsentMachines, consentMachines, voterOf } from './consent-machines.ts';
import {
  type DependsOnEntities,
  dependencesOf,
  dependsOnMembers,
  pureRules,
} from './depends-on.ts';
import { checkOptions, checkStores } from './own-fragments.ts';
import { type ParticipantParts, participantMembers, participantModule } from './participant.ts';
import { voterFragment } from './voter-fragment.ts';

/**
 * A service that takes part in consent: its own parts, and its rows that depend on nodes of other
 * services.
 */
export type ParticipantOptions<
  Rows,
  TMachine extends string,
  TSchemas,
  TRequests,
> = ParticipantParts<DependsOnEntities<Rows>, TMachine, TSchemas, TRequests>;

/** A participant, as `defineParticipant` returns it. */
export interface Participant<Rows> extends ServiceModule {
  readonly dependsOn: DependsOnEntities<Rows>;
}

/** The service of a participant, for `openDeployment` and `unanimous up --module`. */
export function defineParticipant<
  Rows,
  TMachine extends string,
  TSchemas extends Readonly<Record<string, unknown>>,
  TRequests,
>(
  options: ParticipantOptions<Rows, TMachine, TSchemas, TRequests>,
  machines: ConsentMachines = consentMachines,
): Participant<Rows> {
  checkOptions('a participant', options, participantMembers, dependsOnMembers, pureRules);
  const { dependsOn } = options;
  const participant = participantModule(options, (settings, stores) => {
    const dependences = dependencesOf(settings, dependsOn);
    checkStores(settings.service, dependences, stores);
    const fragment = voterFragment(settings, {
      voter: voterOf(machines, settings, null, dependences),
      deletionPlan: deletionPlanMachine(settings, null),
    });
    return { fragment, dependences, view: { dependences } };
  });
  return { ...participant, dependsOn };
}
