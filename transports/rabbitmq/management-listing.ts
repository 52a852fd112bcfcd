/**
 * Exchanges, queues and bindings of a broker, from RabbitMQ's management HTTP API. AMQP itself
 * cannot list them.
 *
 * Boundary: reads only; three requests, for one virtual host.
 *
 * - Left out: the default exchange, exchanges named `amq.…` or internal, exclusive queues (they
 *   live with a connection), and the bindings of all these.
 * - Credentials: from the management URL, else from the broker's URL. No message has them.
 */
import type { Arguments, BindingDeclaration } from '../../config/topology.ts';
import { Broken, errorText, Transient } from '../../runtime/ports/errors.ts';
import type { BrokerAddress } from './broker-address.ts';

export interface BrokerListing {
  readonly exchanges: readonly string[];
  readonly queues: readonly string[];
  readonly bindings: readonly BindingDeclaration[];
}

export interface ManagementOptions {
  /** `http://host:15672`, with user and password where these differ from the broker's. */
  readonly managementUrl: string;
  /** For the virtual host, and the user where the management URL names none. */
  readonly broker: BrokerAddress;
}

/** The fields we read of what the API lists. */
interface Listed {
  readonly name?: unknown;
  readonly internal?: unknown;
  readonly exclusive?: unknown;
  readonly source?: unknown;
  readonly destination?: unknown;
  readonly destination_type?: unknown;
  readonly routing_key?: unknown;
  readonly arguments?: unknown;
}

const timeoutMs = 10_000;

function authorization({ username, password }: URL, broker: BrokerAddress): string {
  const credentials =
    username === ''
      ? `${broker.user}:${broker.password}`
      : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function isRow(value: unknown): value is Listed {
  return typeof value === 'object' && value !== null;
}

async function rowsOf(
  what: string,
  { managementUrl, broker }: ManagementOptions,
): Promise<readonly Listed[]> {
  const management = new URL(managementUrl);
  const root = `${management.origin}${management.pathname.replace(/\/$/, '')}`;
  const address = `${root}/api/${what}/${encodeURIComponent(broker.virtualHost)}`;
  const headers = { authorization: authorization(management, broker) };
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs) }).catch(
    (cause: unknown) => {
      throw new Transient('not-reachable', `${address} cannot be reached: ${reasonOf(cause)}`, {
        cause,
      });
    },
  );
  if (!response.ok)
    throw new Broken(
      'not-reachable',
      `${address} answers ${response.status} ${response.statusText}`,
    );
  const rows: unknown = await response.json().catch(() => undefined);
  if (!Array.isArray(rows))
    throw new Broken('not-reachable', `${address} is not the management API of RabbitMQ`);
  return rows.filter(isRow);
}

/** fetch hides its reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return errorText(error);
  const { cause } = error;
  return cause instanceof Error
    ? cause.message || String('code' in cause ? cause.code : cause.name)
    : error.message;
}

function bindingOf({
  source,
  destination,
  routing_key: routingKey,
  arguments: given,
}: Listed): BindingDeclaration {
  return {
    exchange: String(source),
    queue: String(destination),
    routingKey: String(routingKey),
    arguments: isRow(given) ? (given as Arguments) : {},
  };
}

/**
 * Throws `Transient` when the API cannot be reached, `Broken` when it refuses us or is something
 * else.
 */
export async function listBroker(options: ManagementOptions): Promise<BrokerListing> {
  const [exchangeRows, queueRows, bindingRows] = await Promise.all(
    ['exchanges', 'queues', 'bindings'].map((what) => rowsOf(what, options)),
  );
  const exchanges = (exchangeRows ?? [])
    .filter(({ internal }) => internal !== true)
    .map(({ name }) => String(name));
  const queues = (queueRows ?? [])
    .filter(({ exclusive }) => exclusive !== true)
    .map(({ name }) => String(name));
  const ours = new Set(exchanges.filter((name) => name !== '' && !name.startsWith('amq.')));
  const known = new Set(queues);
  const bindings = (bindingRows ?? [])
    .filter(({ destination_type: kind }) => kind === 'queue')
    .map(bindingOf);
  return {
    exchanges: [...ours],
    queues,
    bindings: bindings.filter(({ exchange, queue }) => exchange !== '' && known.has(queue)),
  };
}
