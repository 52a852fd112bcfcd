/**
 * The section `http` of a config file, with its defaults.
 *
 * - loopback: nothing proves who sends a request, so HTTP listens only where no other machine
 *   reaches the port.
 */
import { isIPv4 } from 'node:net';
import type { EntryContext } from './entries.ts';
import type { HttpSettings } from './exchange-config.ts';
import { type HttpOptions, httpDefaults } from './schema.ts';
import { shown } from './shown.ts';

export function httpSettings(options: HttpOptions, { report }: EntryContext): HttpSettings {
  const { host, port, wait_ms: waitMs } = { ...httpDefaults, ...options };
  if (!isLoopback(host))
    report(
      ['http', 'host'],
      shown(host),
      '127.0.0.1, ::1 or localhost: nothing proves the sender of a request',
    );
  return { host, port, waitMs };
}

/** Whether only this machine reaches the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
