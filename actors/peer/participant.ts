/**
 * The service of a participant: the head and the options that every kind of participant shares.
 *
 * Boundary: the kind of participant gives its part of the protocol.
 */

import type { MembersOf } from '../../runtime/member-checks.ts';
import type { Dependence } from '../consent/dependences.ts';
import { voterView } from '../consent/reads/consent-view.ts';
import type { VoterPorts } from '../consent/reads/sources.ts';
import { type ConsentSettings, voterSettings } from '../consent/settings.ts';
import type { ServiceModule, ServiceStore } from '../modules/service-module.ts';
import { ledgerServiceStore } from './ledger-service-store.ts';
import { nameOf, namesOf, type OwnFragments, ownMembers, serviceOf } from './own-fragments.ts';
import type { ServiceFragment } from './service-fragment.ts';

/** The parts of a participant, and its rows that depend on nodes of other services. */
export interface ParticipantParts<DependsOn, TMachine extends string, TSchemas, TRequests>
  extends OwnFragments<TMachine, TSchemas, TRequests> {
  /** The rows that depend on nodes of other services, by entity. */
  readonly dependsOn: DependsOn;
}

export const participantMembers: MembersOf<ParticipantParts<unknown, string, unknown, unknown>> = {
  ...ownMembers,
  dependsOn: true,
};

/** A kind of participant's part of the protocol. */
export interface ParticipantProtocol {
  readonly fragment: ServiceFragment;
  /** The rows in the stores of the service; empty where all rows are outside. */
  readonly dependences: readonly Dependence[];
  /** The rows, as the view of the voter joins the rows with the ledger. */
  readonly view: Omit<VoterPorts, 'service' | 'upstreams'>;
}

export function participantModule<DependsOn, TMachine extends string, TSchemas, TRequests>(
  parts: ParticipantParts<DependsOn, TMachine, TSchemas, TRequests>,
  protocolOf: (settings: ConsentSettings, stores: readonly ServiceStore[]) => ParticipantProtocol,
): ServiceModule {
  const { config, stores = [] } = parts;
  return {
    name: nameOf('a participant', parts),
    ...(config === undefined ? {} : { config }),
    stores: [ledgerServiceStore, ...stores],
    define: (given, ports) => {
      const settings = voterSettings(given);
      const { service, upstreams } = settings;
      const { fragment, dependences, view } = protocolOf(settings, stores);
      const views = [voterView({ service, upstreams, ...view }, namesOf(stores))];
      return serviceOf(given, parts, ports, [fragment], views, { dependences, upstreams });
    },
  };
}
