/**
 * Log lines by pino, to standard error or to a file with the rotation and retention of the config's
 * `log`.
 *
 * Invariants:
 * - One JSON object per line, with the `name` of the service where one process is one service.
 * - No secrets: a line passes `config/redact.ts`.
 * - A terminal at standard error gets short lines in colour instead of JSON, also beside a file.
 */
import { pino } from 'pino';
import type { LogOptions } from '../../config/exchange-config.ts';
import { systemClock } from '../ports/clock.ts';
import { type Log, redactedLine } from '../ports/log.ts';
import { RollingFile } from './rolling-file.ts';
import { terminalLog } from './terminal-log.ts';

const levels = {
  CRITICAL: 'fatal',
  ERROR: 'error',
  WARNING: 'warn',
  INFO: 'info',
  DEBUG: 'debug',
  TRACE: 'trace',
} as const;

export interface OpenLog {
  readonly log: Log;
  close(): Promise<void>;
}

function fileOf({ fileName: file = '', rotation, retention }: LogOptions): RollingFile {
  return new RollingFile({
    file,
    now: () => systemClock.now(),
    ...(rotation === undefined ? {} : { rotation }),
    ...(retention === undefined ? {} : { retention }),
  });
}

/** Opens the log of a config; every line has `name`. */
export async function openLog(options: LogOptions | undefined, name: string): Promise<OpenLog> {
  const level = levels[options?.level ?? 'INFO'];
  const file = options?.fileName === undefined ? undefined : fileOf(options);
  const isTerminal = process.stderr.isTTY === true;
  const stream = file ?? pino.destination({ fd: 2, sync: true });
  const logger = pino({ name, level, base: { name } }, stream);
  const toTerminal = isTerminal ? terminalLog(name, process.stderr) : undefined;
  const isJson = file !== undefined || !isTerminal;
  return {
    log: (at, given, givenFields) => {
      if (!logger.isLevelEnabled(at)) return;
      const { message, fields } = redactedLine(given, givenFields);
      if (isJson) logger[at](fields, message);
      toTerminal?.(at, message, fields);
    },
    close: async () => file?.end(),
  };
}
