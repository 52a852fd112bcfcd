/**
 * The logs of the services of a process: a service with a `log` in its config has its own log, and
 * all other lines go to the log of the process.
 *
 * - shared: services with the same `log` write one file. The environment sets one `log` for all.
 * - whole: a line that names no service goes to every file.
 */
import type { ExchangeConfig, LogOptions } from '../config/exchange-config.ts';
import type { Log } from '../runtime/ports/log.ts';
import { type OpenLog, openLog } from '../runtime/telemetry/pino-log.ts';

/** `name`: of the lines of the process. */
export async function openServiceLogs(
  configs: readonly Pick<ExchangeConfig, 'svcName' | 'log'>[],
  name: string,
): Promise<OpenLog> {
  const logs = new Map<string, OpenLog>();
  const byService = new Map<string, OpenLog>();
  for (const { svcName, log: options } of configs) {
    const key = keyOf(options);
    const isAlone = configs.filter(({ log }) => keyOf(log) === key).length === 1;
    const open = logs.get(key) ?? (await openLog(options, isAlone ? svcName : name));
    logs.set(key, open);
    byService.set(svcName, open);
  }
  if (logs.size === 0) return openLog(undefined, name);
  const all = [...logs.values()];
  return {
    log: routed(byService, all),
    close: async () => {
      for (const open of all) await open.close();
    },
  };
}

function routed(byService: ReadonlyMap<string, OpenLog>, all: readonly OpenLog[]): Log {
  return (level, message, fields) => {
    const own = byService.get(serviceIn(fields));
    for (const { log } of own === undefined ? all : [own]) log(level, message, fields);
  };
}

/** The service that a line is about: by name, or as the first part of the address of an actor. */
function serviceIn(fields: Parameters<Log>[2]): string {
  const service = fields?.['service'] ?? fields?.['actor'];
  return typeof service === 'string' ? (service.split('/')[0] ?? '') : '';
}

function keyOf(options: LogOptions | undefined): string {
  return JSON.stringify(options ?? null);
}
