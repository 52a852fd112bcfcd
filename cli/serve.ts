/** Runs services in this process until it is told to stop: the commands `up` and `start`. */

import { type Deployment, openDeployment } from '../composition/open-deployment.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import type { Log } from '../runtime/ports/log.ts';
import { openLog } from '../runtime/telemetry/pino-log.ts';
import { behindDoor } from './behind-door.ts';
import { doorPath, openDoor } from './door.ts';

export interface ServeOptions {
  /** For configs that name no database. */
  readonly databaseUrl?: string;
  /** Folder beside which commands of the same machine find a door to these services. */
  readonly data?: string;
  /** Refuse a database server that may lose what it has committed. */
  readonly strict?: boolean;
}

/** Resolves once, at the first signal; a second one ends the process at once, as the shell would. */
function toldToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve(signal));
  });
}

/** Gives what closes it. That there can be none is no reason not to serve. */
async function openedDoor(
  data: string,
  configs: readonly ExchangeConfig[],
  deployment: Deployment,
  log: Log,
): Promise<() => Promise<void>> {
  const path = doorPath(data);
  const client = await deployment.client('operator');
  const door = await openDoor(path, behindDoor(configs, deployment, client)).catch(
    (error: unknown) => {
      log('warn', 'no door for commands', { path, error: String(error) });
      return undefined;
    },
  );
  return async () => {
    await door?.close();
    await client.close();
  };
}

export async function serve(
  configs: readonly ExchangeConfig[],
  { data, ...options }: ServeOptions,
): Promise<void> {
  const stop = toldToStop();
  const names = configs.map(({ svcName }) => svcName);
  const { log, close } = await openLog(
    configs[0]?.log,
    names.length === 1 ? (names[0] as string) : 'unanimous',
  );
  const warn = (text: string): void => {
    log('error', text);
    process.stderr.write(`\n*** WARNING: ${text}\n*** --strict makes this an error.\n\n`);
  };
  const deployment = await openDeployment({ configs, log, warn, ...options });
  try {
    const starting = deployment.start();
    // A broker that is not up yet may be waited for, for long: the signal ends that too.
    starting.catch(() => undefined);
    const isUp = await Promise.race([starting.then(() => true), stop.then(() => false)]);
    const closeDoor =
      isUp && data !== undefined ? await openedDoor(data, configs, deployment, log) : undefined;
    if (isUp) process.stdout.write(`ready: ${names.join(', ')}\n`);
    log('info', 'stopping', { signal: await stop });
    await closeDoor?.();
  } finally {
    await deployment.stop();
    await close();
  }
}
