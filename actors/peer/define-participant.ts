/**
 * A service of somebody's own that takes part in consent: its rows depend on nodes of other
 * services, so it is asked before such a node is deleted or updated, and cleans up after a decision.
 */
import { voterView } from '../consent/reads/consent-view.ts';
import { voterSettings } from '../consent/settings.ts';
import { deletionPlanMachine } from '../deletion-plan/deletion-plan-machine.ts';
import type { ServiceModule } from '../modules/service-module.ts';
import { type ConsentMachines, consentMachines, voterOf } from './consent-machines.ts';
import { type DependsOnEntities, dependencesOf } from './depends-on.ts';
import { ledgerServiceStore } from './ledger-service-store.ts';
import { checkStores, nameOf, namesOf, type OwnFragments, serviceOf } from './own-fragments.ts';
import { voterFragment } from './voter-fragment.ts';

/** A service that takes part in consent: its own parts, and the rows that depend on others. */
export interface ParticipantOptions<Rows, TMachine extends string, TSchemas, TRequests>
  extends OwnFragments<TMachine, TSchemas, TRequests> {
  /** The rows that depend on nodes of other services, by entity. */
  readonly dependsOn: DependsOnEntities<Rows>;
}

/** A participant as `defineParticipant` gives the participant. */
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
  const { config, stores = [], dependsOn } = options;
  return {
    name: nameOf('a participant', options),
    ...(config === undefined ? {} : { config }),
    stores: [ledgerServiceStore, ...stores],
    dependsOn,
    define: (given, ports) => {
      const settings = voterSettings(given);
      const dependences = dependencesOf(settings, dependsOn);
      checkStores(settings.service, dependences, stores);
      const { service, upstreams } = settings;
      const view = voterView({ service, upstreams, dependences }, namesOf(stores));
      const part = voterFragment(settings, {
        voter: voterOf(machines, settings, null, dependences),
        deletionPlan: deletionPlanMachine(settings, null),
      });
      return serviceOf(given, options, ports, [part], [view], { dependences, upstreams });
    },
  };
}
