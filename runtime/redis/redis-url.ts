/**
 * A `cache_url` as the parts of a connection: `redis://user:password@host:port/0`, or `rediss://…`
 * for TLS. The path is the number of the database; parameters are refused.
 */
import {
  parseServerUrl,
  refuseOtherParameters,
  type ServerUrl,
  UrlProblem,
  wholeNumber,
} from '../../config/server-url.ts';
import { Broken } from '../ports/errors.ts';

/** A part of the options of ioredis. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Readonly<Record<string, never>>;
}

const portDefault = 6379;
const databaseMax = 65_535;

/** @throws Broken `config-invalid` */
export function redisAddress(url: string): RedisAddress {
  try {
    return addressOf(parseServerUrl(url));
  } catch (cause) {
    if (!(cause instanceof UrlProblem)) throw cause;
    throw new Broken('config-invalid', `the URL of a cache: ${cause.message}`, {
      at: 'cache_url',
      cause,
    });
  }
}

function addressOf(url: ServerUrl): RedisAddress {
  const { scheme, user, password, host, port = portDefault, path = '' } = url;
  if (scheme !== 'redis' && scheme !== 'rediss')
    throw new UrlProblem(`the scheme ${scheme}://`, 'scheme: redis:// or rediss://');
  if (host === '') throw new UrlProblem('no host', 'host: the name or the address of Redis');
  refuseOtherParameters(url, []);
  return {
    host,
    port,
    db: path === '' ? 0 : wholeNumber('database', path, { min: 0, max: databaseMax }),
    ...(user === undefined || user === '' ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(scheme === 'rediss' ? { tls: {} } : {}),
  };
}
