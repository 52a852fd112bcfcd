/** Runs services in this process until it is told to stop: the commands `up` and `start`. */
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { openDeployment } from '../deployment.ts';
import { openLog } from '../runtime/telemetry/pino-log.ts';

export interface ServeOptions {
  /** For configs that name no database. */
  readonly databaseUrl?: string;
  /** Refuse a database server that may lose what it has committed. */
  readonly strict?: boolean;
}

/** Resolves once, at the first signal; a second one ends the process at once, as the shell would. */
function toldToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

export async function serve(configs: readonly ExchangeConfig[], options: ServeOptions): Promise<void> {
  const stop = toldToStop();
  const names = configs.map(({ svcName }) => svcName);
  const { log, close } = await openLog(configs[0]?.log, names.length === 1 ? (names[0] as string) : 'unanimous');
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
    if (isUp) process.stdout.write(`ready: ${names.join(', ')}\n`);
    log('info', 'stopping', { signal: await stop });
  } finally {
    await deployment.stop();
    await close();
  }
}
