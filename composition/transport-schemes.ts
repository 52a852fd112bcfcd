/**
 * The transports by URL scheme. No other place lists the transports: a further transport is a folder
 * in `transports/` and a line here.
 *
 * - The config's schema, the command and deployments take the schemes from this table.
 * - A transport's module, and the driver with it, is loaded when a URL of its scheme is opened.
 */
import type { BrokerScheme } from '../config/broker-urls.ts';
import { systemChance } from '../runtime/ports/chance.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { warningsToStderr } from '../runtime/ports/log.ts';
import type { Transports } from '../runtime/ports/transport.ts';
import { parseBrokerUrl } from '../transports/rabbitmq/broker-address.ts';
import type { BrokerAccess, TransportModule } from '../transports/transport-module.ts';

export interface TransportScheme extends BrokerScheme {
  readonly load: () => Promise<TransportModule>;
}

const memory = () => import('../transports/memory/memory-transports.ts');
const rabbitmq = () => import('../transports/rabbitmq/rabbitmq-transports.ts');

/** By the name of the scheme. */
export const transportSchemes: Readonly<Record<string, TransportScheme>> = {
  memory: { example: 'memory://', inProcess: true, load: memory },
  amqp: { example: 'amqp://broker:5672', inProcess: false, load: rabbitmq, check: parseBrokerUrl },
  amqps: {
    example: 'amqps://broker:5671',
    inProcess: false,
    load: rabbitmq,
    check: parseBrokerUrl,
  },
};

/** The scheme alone, because an address may hold a password. */
function schemeText(url: string): string {
  const [, name] = /^([^:]+):\/\//.exec(url) ?? [];
  return name === undefined ? 'a text without a scheme' : `'${name}'`;
}

/** `undefined` for a scheme that is not in the table, and for a text that is no URL. */
export function transportScheme(url: string): TransportScheme | undefined {
  const [, name = ''] = /^([^:]+):\/\//.exec(url) ?? [];
  return Object.hasOwn(transportSchemes, name) ? transportSchemes[name] : undefined;
}

/** Whether the broker at these addresses is a part of this process; true without an address. */
export function isInProcess(urls: readonly string[] = []): boolean {
  return urls.every((url) => transportScheme(url)?.inProcess === true);
}

/**
 * Options of the connections to a broker. Default: the machine's clock, warnings on standard error,
 * the authorities that Node.js knows.
 */
export type TransportsOptions = Partial<Pick<BrokerAccess, 'clock' | 'log' | 'tls'>>;

/**
 * Connections to the broker at these addresses, tried in this order: `memory://` for a broker in
 * this process, or `amqp://user:password@host:port/vhost` and `amqps://…` for RabbitMQ.
 *
 * @throws Broken `config-invalid` when an address is no URL of a known scheme, when its transport
 * cannot use the URL, or when the addresses need different transports.
 */
export async function transportsAt(
  urls: readonly string[],
  { clock = systemClock, log = warningsToStderr, tls = {} }: TransportsOptions = {},
): Promise<Transports> {
  const { openTransports } = await transportModule(urls);
  return openTransports({ urls, clock, random: systemChance, log, tls });
}

/** The module of the transport that all these addresses need. Rejects as `transportsAt` does. */
export async function transportModule(urls: readonly string[]): Promise<TransportModule> {
  const loads = urls.map((url) => transportScheme(url)?.load);
  const [load] = loads;
  if (load === undefined || loads.includes(undefined)) {
    const known = Object.keys(transportSchemes).join(', ');
    const other = urls.find((url) => transportScheme(url) === undefined) ?? '';
    throw new Broken(
      'config-invalid',
      `a broker's address has one of the schemes ${known}; found ${schemeText(other)}`,
    );
  }
  if (loads.some((other) => other !== load))
    throw new Broken('config-invalid', 'the addresses of one broker need one transport');
  return load();
}
