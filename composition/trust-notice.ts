/**
 * What a process says at its start about services that do not check who sends a message.
 *
 * - A broker in the process has no other users, so nothing is said.
 * - strict: a broker that other machines reach is refused.
 */
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { isLoopback } from '../config/http-settings.ts';
import { parseBrokerUrl } from '../transports/rabbitmq/broker-address.ts';
import { isInProcess } from './transport-schemes.ts';

/** One sentence; undefined when there is nothing to say. */
export function trustNotice(configs: readonly ExchangeConfig[]): string | undefined {
  const open = configs.filter(isOpen).map(({ svcName }) => svcName);
  if (open.length === 0) return undefined;
  return `no 'trust' is configured for ${open.join(', ')}: every user of the broker may send every message`;
}

/** Throws `ConfigError` for services without `trust` on a broker that other machines reach. */
export function requireTrust(configs: readonly ExchangeConfig[]): void {
  const issues = configs.filter(isOpen).flatMap(({ file, brokerUrls = [] }) => {
    const remote = brokerUrls.map(parseBrokerUrl).find(({ host }) => !isLoopback(host));
    if (remote === undefined) return [];
    const found = `nothing, and the broker ${remote.host}`;
    const allowed = 'trust or trust_file under --strict, or a broker on the loopback address';
    return [{ file, pointer: '/trust', found, allowed }];
  });
  if (issues.length > 0) throw new ConfigError(issues);
}

function isOpen({ trust, brokerUrls }: ExchangeConfig): boolean {
  return trust === undefined && !isInProcess(brokerUrls);
}
