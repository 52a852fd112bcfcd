/**
 * Runs services in this process until a signal stops the process, for the commands `up` and
 * `start`.
 *
 * - graceful: the first SIGINT or SIGTERM stops the services, also while they still wait for a
 *   broker. A second signal ends the process at once, as a signal does without this program.
 * - ready: `ready: <services>` is printed only when every service consumes.
 */
import { deployedServices } from '../composition/deployed-services.ts';
import {
  type OpenDeployment,
  type OpeningOptions,
  openServices,
} from '../composition/open-deployment.ts';
import { requireTrust, trustNotice } from '../composition/trust-notice.ts';
import type { ExchangeConfig, HttpSettings } from '../config/exchange-config.ts';
import { errorText } from '../runtime/ports/errors.ts';
import type { Log } from '../runtime/ports/log.ts';
import { openTracing } from '../runtime/telemetry/open-telemetry.ts';
import { commandClientName } from './command-client.ts';
import type { CommandServices } from './config-files.ts';
import { controlRequestHandler } from './control-requests.ts';
import { controlSocketPath, openControlSocket } from './control-socket.ts';
import type { WantedInspector } from './inspector-options.ts';
import { print, printError } from './print.ts';
import { openServiceLogs } from './service-logs.ts';

export interface ServeOptions {
  /** For configs that name no database. */
  readonly databaseUrl?: string;
  /**
   * Folder of the embedded database. If given, the process opens its control socket beside the
   * folder.
   */
  readonly dataFolder?: string;
  /** Refuse a database server that may lose committed data. */
  readonly strict: boolean;
  /** undefined: no HTTP. */
  readonly http?: HttpSettings | undefined;
  /** undefined: no inspector. */
  readonly inspector?: WantedInspector | undefined;
}

export async function serve(
  { configs: files, given }: CommandServices,
  { dataFolder, http, inspector, ...options }: ServeOptions,
): Promise<void> {
  const services = deployedServices(files, given.services);
  const configs = services.map(({ config }) => config);
  if (options.strict) requireTrust(configs);
  const notice = trustNotice(configs);
  if (notice !== undefined) printError(`trust: ${notice}`);
  const signal = firstSignal();
  const names = configs.map(({ svcName }) => svcName);
  const [onlyName] = names;
  const logName = names.length === 1 && onlyName !== undefined ? onlyName : 'unanimous';
  const { log, close } = await openServiceLogs(configs, logName);
  const warn = (text: string): void => {
    log('error', text);
    process.stderr.write(`\n*** WARNING: ${text}\n*** --strict makes this an error.\n\n`);
  };
  const inspecting = inspector && (await import('./serve-inspector.ts'));
  const watch = inspecting?.inspectorWatch();
  const serving = http && (await import('./serve-http.ts'));
  const metrics = serving?.deploymentMetrics();
  const listeners = joinedListeners([watch?.listeners, metrics?.listeners]);
  const tracing = await openTracing({
    env: process.env,
    name: logName,
    ...messaging(configs),
    log,
  });
  const opening = { log, warn, tracer: tracing?.tracer, ...options, ...listeners };
  const deployment = await openServices(services, given.late, opening);
  process.on('unhandledRejection', (error) =>
    log('warn', 'a promise was rejected, and nothing handles the error', {
      error: errorText(error),
    }),
  );
  /** Of what listens: an open socket keeps a process alive whose next part could not listen. */
  const closers: (() => Promise<void>)[] = [];
  try {
    const start = deployment.start();
    start.catch(() => undefined);
    const isStarted = await Promise.race([start.then(() => true), signal.then(() => false)]);
    if (isStarted) {
      if (dataFolder !== undefined)
        closers.push(await tryOpenControlSocket(dataFolder, deployment, log));
      if (serving && metrics && http)
        closers.push(await serving.serveHttp(deployment, metrics, http, log));
      if (inspecting && watch && inspector)
        closers.push(await inspecting.serveInspector(deployment, watch, inspector, log));
      print(`ready: ${names.join(', ')}`);
    }
    log('info', 'stopping', { signal: await signal });
  } finally {
    for (const close of closers.reverse()) await close();
    await deployment.stop();
    await tracing?.close();
    await close();
  }
}

/** The broker of the spans. */
function messaging(configs: readonly ExchangeConfig[]): { readonly messagingSystem: string } {
  const scheme = configs[0]?.brokerUrls?.[0]?.split(':')[0] ?? 'memory';
  return { messagingSystem: scheme.startsWith('amqp') ? 'rabbitmq' : scheme };
}

type Listeners = Required<Pick<OpeningOptions, 'onTurns' | 'onHistory'>>;

/** Each of the listeners is told of turns and history. */
function joinedListeners(all: readonly (Listeners | undefined)[]): Listeners {
  const given = all.filter((one) => one !== undefined);
  return {
    onTurns: (turns) => {
      for (const { onTurns } of given) onTurns(turns);
    },
    onHistory: (lines) => {
      for (const { onHistory } of given) onHistory(lines);
    },
  };
}

/** Resolves at the first signal, and leaves the second one to Node.js. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
}

/**
 * Resolves with what closes the socket. Services run without a control socket too: a failure is
 * only logged.
 */
async function tryOpenControlSocket(
  dataFolder: string,
  deployment: OpenDeployment,
  log: Log,
): Promise<() => Promise<void>> {
  const path = controlSocketPath(dataFolder);
  const client = await deployment.client(commandClientName);
  const handle = controlRequestHandler(deployment, client);
  const socket = await openControlSocket(path, handle).catch((error: unknown) => {
    log('warn', 'no control socket for commands', { path, error: errorText(error) });
    return undefined;
  });
  return async () => {
    await socket?.close();
    await client.close();
  };
}
