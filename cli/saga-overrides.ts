/**
 * The commands by which an operator overrides a saga: `saga cancel`, `skip`, `retire`, `adopt` and
 * `release`.
 *
 * Boundary: an override is a message to the service that holds a part of the saga. The service
 * allows or refuses the override, and writes the override to its history.
 */
import { Refused } from '../runtime/ports/errors.ts';
import type { JsonObject } from '../runtime/ports/json.ts';
import { print } from './print.ts';
import { recordOfSaga } from './saga-queries.ts';
import { requestService } from './service-requests.ts';
import type { StorageOptions } from './storage-options.ts';

export interface OverrideOptions extends StorageOptions {
  /** Who overrides, for the record. */
  readonly by: string;
  /** The reason, for the record. */
  readonly why: string;
  readonly service?: string;
}

/**
 * `cancel` and `skip` without `--service`: the services to send to are looked up in the record of
 * the saga.
 */
export async function overrideSaga(
  action: 'cancel' | 'skip',
  data: { readonly saga: string; readonly voter?: string },
  options: OverrideOptions,
): Promise<void> {
  const services = await servicesFor(data.saga, data.voter, options);
  await overrideAt(services, action, { ...data }, options);
}

/** Sends the override to each service and prints the answers, a JSON object a line. */
export async function overrideAt(
  services: readonly string[],
  action: string,
  data: JsonObject,
  options: OverrideOptions,
): Promise<void> {
  const { by, why } = options;
  for (const service of services) {
    const body = { ...data, by, why };
    const answer = await requestService(service, options, action, body);
    print(JSON.stringify({ service, ...answer }));
  }
}

/** The named service; else the services that wait for the voter; else the owner of the saga. */
async function servicesFor(
  saga: string,
  voter: string | undefined,
  options: OverrideOptions,
): Promise<readonly string[]> {
  if (options.service !== undefined) return [options.service];
  const { open, owner } = await recordOfSaga(saga, options);
  const waiting = open
    .filter(({ waitingFor }) => voter !== undefined && waitingFor.includes(voter))
    .map(({ service }) => service);
  if (waiting.length > 0) return [...new Set(waiting)];
  if (owner !== null) return [owner];
  throw new Refused(
    'not-found',
    `the journals do not name the owner of the saga ${saga}; name its service with --service`,
  );
}
