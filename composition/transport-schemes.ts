/**
 * The transports by URL scheme: the only place that lists them. A further transport is a folder in `transports/` and a line here.
 *
 * - The config's schema, the command and deployments take the schemes from this table.
 * - A transport's module, and the driver with it, is loaded when a URL of its scheme is opened.
 */
import type { BrokerScheme } from '../config/broker-urls.ts';
import { systemChance } from '../runtime/ports/chance.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { noLog } from '../runtime/ports/log.ts';
import type { Transports } from '../runtime/ports/transport.ts';
import type { BrokerAccess, TransportModule } from '../transports/transport-module.ts';

export interface TransportScheme extends BrokerScheme {
  readonly load: () => Promise<TransportModule>;
}

const memory = () => import('../transports/memory/memory-transports.ts');
const rabbitmq = () => import('../transports/rabbitmq/rabbitmq-transports.ts');

/** By the name of the scheme. */
export const transportSchemes: Readonly<Record<string, TransportScheme>> = {
  memory: { example: 'memory://', inProcess: true, load: memory },
  amqp: { example: 'amqp://broker:5672', inProcess: false, load: rabbitmq },
  amqps: { example: 'amqps://broker:5671', inProcess: false, load: rabbitmq },
};

/** `undefined` when the table has no such scheme, or the text is no URL. */
export function transportScheme(url: string): TransportScheme | undefined {
  const [, name = ''] = /^([^:]+):\/\//.exec(url) ?? [];
  return Object.hasOwn(transportSchemes, name) ? transportSchemes[name] : undefined;
}

/** Whether the broker at these addresses is a part of this process, as it is where a config names no broker. */
export function isInProcess(urls: readonly string[] = []): boolean {
  return urls.every((url) => transportScheme(url)?.inProcess === true);
}

/** Of the connections to a broker. Default: the machine's clock, no log, the authorities that Node.js knows. */
export type TransportsOptions = Partial<Pick<BrokerAccess, 'clock' | 'log' | 'tls'>>;

/**
 * Connections to the broker at these addresses, tried in this order: `memory://` for a broker in this process, or
 * `amqp://user:password@host:port/vhost` and `amqps://…` for RabbitMQ.
 *
 * @throws Broken `config-invalid` when an address has an unknown scheme, or when the addresses need different transports.
 */
export async function transportsAt(
  urls: readonly string[],
  { clock = systemClock, log = noLog, tls = {} }: TransportsOptions = {},
): Promise<Transports> {
  const { openTransports } = await transportModule(urls);
  return openTransports({ urls, clock, random: systemChance, log, tls });
}

/** The module of the transport that all these addresses need. Throws as `transportsAt` does. */
export async function transportModule(urls: readonly string[]): Promise<TransportModule> {
  const loads = urls.map((url) => transportScheme(url)?.load);
  const [load] = loads;
  if (load === undefined || loads.includes(undefined)) {
    const known = Object.keys(transportSchemes).join(', ');
    throw new Broken('config-invalid', `a broker's address has one of the schemes ${known}`);
  }
  if (loads.some((other) => other !== load))
    throw new Broken('config-invalid', 'the addresses of one broker need one transport');
  return load();
}
