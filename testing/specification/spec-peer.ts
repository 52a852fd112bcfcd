/**
 * A definition of `defineParticipant` or `defineOwner` as a service of a specification: with the
 * rows of the test in place of tables, and without a config file.
 */
import type { DependentRow } from '../../actors/consent/dependences.ts';
import { ownerSettings, voterSettings } from '../../actors/consent/settings.ts';
import type { ServiceModule } from '../../actors/modules/service-module.ts';
import { ownedDependences } from '../../actors/peer/define-owner.ts';
import { dependencesOf } from '../../actors/peer/depends-on.ts';
import type { OwnedRows } from '../../actors/peer/owned-rows.ts';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { parseExchangeConfig } from '../../config/parse.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import { askedNothing, type RowsOfService, type SpecConsent } from './consent-rows.ts';
import type { ReadAnswers } from './spec-actor.ts';

/** A participant or an owner, whatever the types of its rows. */
export interface SpecPeer extends ServiceModule {
  readonly owns?: OwnedRows;
  /** As in `DependsOnEntities`. */
  readonly dependsOn?: object;
}

/** What a test gives. `reads`: answers in place of those from the rows. */
export interface PeerGiven {
  readonly config?: ExchangeConfig;
  readonly rows: RowsOfService['rows'];
  readonly owned: readonly DependentRow[];
  readonly subscribers: readonly string[];
  readonly reads: ReadAnswers;
}

export function peerWith(
  peer: SpecPeer,
  { config: given, rows, owned, subscribers, reads }: PeerGiven,
): { readonly service: ServiceDefinition; readonly consent: SpecConsent } {
  const config = given ?? peer.config ?? configOf(peer);
  const service = peer.define(config, {
    store: (name) => ({ name, read: withoutServers }),
    locks: {
      acquire: withoutServers,
      keep: () => undefined,
      release: withoutServers,
      close: withoutServers,
    },
  });
  const rowsOfService = { ...partsOf(peer, config, { owned, subscribers }), rows };
  return { service, consent: { service: rowsOfService, asked: askedNothing, reads } };
}

function partsOf(
  { owns, dependsOn = {} }: SpecPeer,
  config: ExchangeConfig,
  { owned: rows, subscribers }: Pick<PeerGiven, 'owned' | 'subscribers'>,
): Omit<RowsOfService, 'rows'> {
  if (owns === undefined) {
    const settings = voterSettings(config);
    return { settings, dependences: dependencesOf(settings, dependsOn) };
  }
  const settings = ownerSettings(config, owns.class);
  const dependences = ownedDependences({ owns, dependsOn }, dependencesOf(settings, dependsOn));
  const along = dependences.filter((dependence) => dependence.along);
  return { settings, dependences, owned: { owns, along, rows, subscribers } };
}

/** A config with an exchange for each entity that the rows depend on. */
function configOf({ name, dependsOn = {} }: SpecPeer): ExchangeConfig {
  const subscribe = Object.keys(dependsOn).map((entity) => [
    entity,
    {
      publish: { name: entity, routing_key: `${entity}_requests` },
      consume: { name: entity, routing_key: `${entity}_facts` },
    },
  ]);
  const document = {
    svc_name: name,
    publish: { main: { name, routing_key: `${name}_facts` } },
    consume: { main: { name, queue: name, routing_key: `${name}_requests` } },
    subscribe: Object.fromEntries(subscribe),
  };
  const file = `the config of the specification of ${name}`;
  return parseExchangeConfig(JSON.stringify(document), {
    file,
    env: {},
    sections: {},
    schemes: {},
  });
}

function withoutServers(): Promise<never> {
  return Promise.reject(new Broken('broken', 'a specification has no store and no lock server'));
}
