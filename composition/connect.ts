/** A client in another process than the services, over their broker. */
import type { CallerKeys } from '../config/trust-schema.ts';
import { Client } from '../runtime/client.ts';
import { callerSigner } from '../runtime/messages/caller-signature.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { systemIds } from '../runtime/ports/ids.ts';
import { isInProcess, type TransportsOptions, transportsAt } from './transport-schemes.ts';

/**
 * `timeoutMs`: how long a request waits for its answer, milliseconds. Default 30 000. `callerKey`:
 * the key that signs the header `caller` of messages, for services that want the caller signed.
 */
export interface ConnectOptions extends TransportsOptions {
  readonly timeoutMs?: number;
  readonly callerKey?: { readonly id: string; readonly secret: string };
}

/**
 * A connected client for services of other processes; close it at the end. `urls`: the broker, or
 * its addresses in the order of attempts. Resolves when the broker is reached, and waits for a
 * broker that is not up yet.
 *
 * The client declares only its own reply queue. A message names the exchange and the routing key of
 * `consume.main` of its service; the service must have declared both, so it must have been started
 * once.
 *
 * @throws Broken `config-invalid` for `memory://`, which no other process can reach, and for an
 * address that is no URL of a broker.
 */
export async function connect(
  urls: string | readonly string[],
  name: string,
  { timeoutMs, callerKey, ...options }: ConnectOptions = {},
): Promise<Client> {
  const addresses = typeof urls === 'string' ? [urls] : urls;
  const transports = await transportsAt(addresses, options);
  if (isInProcess(addresses))
    throw new Broken(
      'config-invalid',
      'a broker in memory is reached only in its own process, by client() of the deployment; ' +
        'another process needs a URL such as amqp://broker:5672',
    );
  const clock = options.clock ?? systemClock;
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const client = new Client({
    transport: transports(),
    name,
    clock,
    ids: systemIds(clock),
    ...limit,
    outgoing: callerSigner(callerKey && keysOf(callerKey), clock),
  });
  try {
    await client.open();
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** A client checks no caller, so the keys count for no time. */
function keysOf({ id, secret }: NonNullable<ConnectOptions['callerKey']>): CallerKeys {
  return { secrets: { [id]: secret }, signWith: id, maxAgeMs: 0 };
}
