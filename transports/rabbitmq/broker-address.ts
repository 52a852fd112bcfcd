/**
 * A RabbitMQ URL as the parts of a connection: `amqp://user:password@host:port/vhost?heartbeat=30`.
 *
 * Boundary: reads the URL; `session.ts` connects.
 *
 * - Virtual host: no path and an empty path mean `/`, as in most clients, and `//` means `/` as in
 *   kombu. A `/` inside a name is written `%2F`.
 * - Parameters: the names of RabbitMQ's own URI specification that this transport can honour.
 */
import {
  decodedPart,
  parseServerUrl,
  refuseOtherParameters,
  type ServerUrl,
  UrlProblem,
  wholeNumber,
} from '../../config/server-url.ts';
import { Broken } from '../../runtime/ports/errors.ts';

export interface BrokerAddress {
  readonly protocol: 'amqp' | 'amqps';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly virtualHost: string;
  readonly heartbeatSeconds?: number;
  readonly connectTimeoutMs?: number;
  readonly channelMax?: number;
  /** The address without user and password, for messages. */
  readonly text: string;
}

const shortTextMax = 255;
const defaultPorts = { amqp: 5672, amqps: 5671 } as const;
const parameters = {
  heartbeat: { key: 'heartbeatSeconds', min: 0, max: 65_535 },
  connection_timeout: { key: 'connectTimeoutMs', min: 1, max: 3_600_000 },
  channel_max: { key: 'channelMax', min: 1, max: 65_535 },
} as const;

/** Throws `UrlProblem`. */
export function parseBrokerUrl(url: string): BrokerAddress {
  const parsed = parseServerUrl(url);
  const { scheme, user, password, host } = parsed;
  if (scheme !== 'amqp' && scheme !== 'amqps')
    throw new UrlProblem(`the scheme ${scheme}://`, 'scheme: amqp:// or amqps://');
  if (host === '') throw new UrlProblem('no host', 'host: the name or the address of the broker');
  const { port = defaultPorts[scheme] } = parsed;
  const virtualHost = virtualHostOf(parsed.path);
  const isAnonymous = user === undefined && password === undefined;
  return {
    protocol: scheme,
    host,
    port,
    user: isAnonymous ? 'guest' : (user ?? ''),
    password: isAnonymous ? 'guest' : (password ?? ''),
    virtualHost,
    ...numbersOf(parsed),
    text: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(virtualHost)}`,
  };
}

/** The same, as an error of the configuration. Throws `Broken('config-invalid')`. */
export function brokerAddress(url: string): BrokerAddress {
  try {
    return parseBrokerUrl(url);
  } catch (cause) {
    if (!(cause instanceof UrlProblem)) throw cause;
    throw new Broken('config-invalid', `the URL of a broker: ${cause.message}`, {
      at: 'amqp_url',
      cause,
    });
  }
}

function virtualHostOf(path = ''): string {
  if (path === '' || path === '/') return '/';
  if (path.includes('/'))
    throw new UrlProblem(
      'more than one / behind the host',
      'virtual host: one name, with a / inside the name as %2F',
    );
  const name = decodedPart('virtual host', path);
  if (Buffer.byteLength(name) <= shortTextMax) return name;
  throw new UrlProblem('a virtual host that is too long', `virtual host: ${shortTextMax} bytes`);
}

function numbersOf(
  url: ServerUrl,
): Pick<BrokerAddress, 'heartbeatSeconds' | 'connectTimeoutMs' | 'channelMax'> {
  refuseOtherParameters(url, Object.keys(parameters));
  const given = Object.entries(parameters).flatMap(([name, { key, ...bounds }]) => {
    const text = url.parameters.get(name);
    return text === undefined ? [] : [[key, wholeNumber(name, text, bounds)] as const];
  });
  return Object.fromEntries(given);
}
