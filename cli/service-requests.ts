/**
 * Sends a message to a running service and waits for its answer: over the broker, or over the
 * control socket of `unanimous up`.
 */
import { isInProcess, transportsAt } from '../composition/transport-schemes.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { isJsonObject } from '../config/json.ts';
import { Client } from '../runtime/client.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Broken, Refused } from '../runtime/ports/errors.ts';
import { systemIds } from '../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import { type ControlRequest, mainDestination } from './control-requests.ts';
import { askControlSocket, controlSocketPath, controlSocketProblem } from './control-socket.ts';

/**
 * The answer of the service. Rejects with `Refused` if the answer is an error, with `ConfigError`
 * if the config names no broker and no `unanimous up` runs with `dataFolder`.
 */
export async function requestService(
  config: ExchangeConfig,
  dataFolder: string,
  action: string,
  data: JsonObject,
): Promise<JsonObject> {
  const { brokerUrls, svcName } = config;
  const answer =
    brokerUrls === undefined || isInProcess(brokerUrls)
      ? await requestOverSocket(config, dataFolder, action, data)
      : await requestOverBroker(brokerUrls, config, action, data);
  if (!isJsonObject(answer))
    throw new Broken('broken', `${svcName}: the answer is no object: ${JSON.stringify(answer)}`);
  const { error } = answer;
  if (isJsonObject(error)) throw new Refused('refused', `${svcName}: ${String(error['message'])}`);
  return answer;
}

async function requestOverSocket(
  { svcName: service, file }: ExchangeConfig,
  dataFolder: string,
  action: string,
  data: JsonObject,
): Promise<Json> {
  const path = controlSocketPath(dataFolder);
  const request: ControlRequest = { kind: 'send', service, action, data };
  const reply = await askControlSocket(path, request);
  if (reply !== undefined) return reply.answer;
  const allowed =
    'the broker, in the environment as amqp_url, ' +
    `or a running 'unanimous up' with the same --data (${controlSocketProblem(path) ?? `no process listens at ${path}`})`;
  throw new ConfigError([{ file, pointer: '/amqp_url', found: 'nothing', allowed }]);
}

async function requestOverBroker(
  urls: readonly string[],
  config: ExchangeConfig,
  action: string,
  data: JsonObject,
): Promise<Json> {
  const transports = await transportsAt(urls);
  const client = new Client({
    transport: transports(),
    name: 'operator',
    clock: systemClock,
    ids: systemIds(systemClock),
  });
  try {
    await client.open();
    return await client.request(mainDestination(config), { action, data });
  } finally {
    await client.close();
  }
}
