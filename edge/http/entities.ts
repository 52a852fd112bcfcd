/**
 * What HTTP serves: the gateways of a deployment, each under the name of its entity, and the services
 * of cards and transactions, each under its own name.
 */

import type { ExchangeConfig, Limits } from '../../config/exchange-config.ts';
import { mainDestination } from '../../runtime/messages/main-destination.ts';
import type { Destination } from '../../runtime/step/effects.ts';
import { type ServedService, type StraightReads, straightReadsOf } from './straight-reads.ts';

export interface Entity {
  /** `tags` of the service `tags_api_crud`. */
  readonly name: string;
  /** The service that takes the requests. */
  readonly service: string;
  /** First part of the path. */
  readonly apiVersion: string;
  readonly destination: Destination;
  readonly limits: Limits;
  /** Names of the links whose messages the service takes. */
  readonly links: readonly string[];
  readonly straightReads: StraightReads;
}

/** A service that keeps records of its own, under the name of its section. */
export type RecordKind = 'cards' | 'transactions';

/** `services`: the definitions of the configs, where they are known. */
export function entitiesOf(
  configs: readonly ExchangeConfig[],
  services: readonly ServedService[] = [],
): readonly Entity[] {
  return withSection(configs, 'api_crud', services);
}

/** The services with records of that kind. */
export function recordServicesOf(
  configs: readonly ExchangeConfig[],
  kind: RecordKind,
): readonly Entity[] {
  return withSection(configs, kind);
}

function withSection(
  configs: readonly ExchangeConfig[],
  section: string,
  services: readonly ServedService[] = [],
): readonly Entity[] {
  const chosen = configs.filter(({ sections }) => sections[section] !== undefined);
  return chosen.map((config) => ({
    name: config.svcName.replace(/_api_crud$/, ''),
    service: config.svcName,
    apiVersion: config.apiVersion,
    destination: mainDestination(config),
    limits: config.limits,
    links: (config.sections[section]?.['links'] ?? []) as readonly string[],
    straightReads: straightReadsOf(config.svcName, services),
  }));
}
