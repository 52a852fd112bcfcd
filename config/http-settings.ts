/**
 * The section `http` of a config file, with its defaults.
 *
 * - loopback: without callers nothing proves the sender of a request, so HTTP listens only where no
 *   other machine reaches the port.
 * - one-key: a JWT is checked with the keys of one file.
 */
import { isIPv4 } from 'node:net';
import type { EntryContext } from './entry-checks.ts';
import type { HttpSettings } from './exchange-config.ts';
import { type HttpOptions, httpDefaults } from './http-schema.ts';
import { shown } from './shown.ts';

export function checkedHttpSettings(
  options: HttpOptions,
  { report }: Pick<EntryContext, 'report'>,
): HttpSettings {
  const settings = httpSettings(options);
  const { host, callers, jwt } = settings;
  if (!provesSenders(settings) && !isLoopback(host))
    report(
      ['http', 'host'],
      shown(host),
      '127.0.0.1, ::1 or localhost; another address only with callers or jwt',
    );
  const { jwksFile, publicKeyFile } = jwt ?? { jwksFile: '' };
  if ((jwksFile === undefined) === (publicKeyFile === undefined))
    report(['http', 'jwt'], keysFound(jwksFile), 'one of jwks_file and public_key_file');
  const hashes = Object.values(callers).map(({ sha256 }) => sha256);
  if (new Set(hashes).size < hashes.length)
    report(['http', 'callers'], 'one token of two callers', 'a token of its own for each caller');
  return settings;
}

function keysFound(jwksFile: string | undefined): string {
  return jwksFile === undefined ? 'neither' : 'both';
}

/** The settings of a section that need no check. */
export function httpSettings(options: HttpOptions): HttpSettings {
  const { wait_ms: waitMs, requests_max: requestsMax, ...rest } = { ...httpDefaults, ...options };
  const { host, port, callers = {}, cors_origins: corsOrigins = [], jwt } = rest;
  return {
    host,
    port,
    waitMs,
    requestsMax,
    corsOrigins,
    callers: Object.fromEntries(
      Object.entries(callers).map(([name, { sha256, roles = [] }]) => [
        name,
        { sha256: sha256.toLowerCase(), roles },
      ]),
    ),
    ...(jwt === undefined ? {} : { jwt: jwtSettings(jwt) }),
  };
}

function jwtSettings(jwt: NonNullable<HttpOptions['jwt']>): NonNullable<HttpSettings['jwt']> {
  const { jwks_file: jwksFile, public_key_file: publicKeyFile, issuer, audience } = jwt;
  return {
    audience,
    rolesClaim: jwt.roles_claim ?? 'roles',
    ...(issuer === undefined ? {} : { issuer }),
    ...(jwksFile === undefined ? {} : { jwksFile }),
    ...(publicKeyFile === undefined ? {} : { publicKeyFile }),
  };
}

/** Whether every request must prove its sender. */
export function provesSenders({ callers, jwt }: Pick<HttpSettings, 'callers' | 'jwt'>): boolean {
  return jwt !== undefined || Object.keys(callers).length > 0;
}

/** Whether only this machine reaches the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
