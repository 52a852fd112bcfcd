/**
 * Log lines by pino, to standard error or to a file with the rotation and retention of the config's
 * `log`.
 *
 * Invariants:
 * - One JSON object per line, with the `name` of the service where one process is one service.
 * - pino-roll rotates the file, and keeps as many files as together reach back as far as
 *   `retention`.
 */
import { pino } from 'pino';
import type { LogOptions, Quantity, SizeUnit, TimeUnit } from '../../config/exchange-config.ts';
import type { Log } from '../ports/log.ts';

const dayMs = 86_400_000;
const unitMs: Readonly<Record<TimeUnit, number>> = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: dayMs,
  weeks: 7 * dayMs,
  months: 30 * dayMs,
  years: 365 * dayMs,
};
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

function isSize(quantity: Quantity<TimeUnit | SizeUnit>): quantity is Quantity<SizeUnit> {
  return ['B', 'KB', 'MB', 'GB'].includes(quantity.unit);
}

function durationMs({ amount, unit }: Quantity<TimeUnit>): number {
  return amount * unitMs[unit];
}

const sizeUnits: Readonly<Record<SizeUnit, string>> = { B: 'b', KB: 'k', MB: 'm', GB: 'g' };

/** The options of pino-roll. */
export function rollOptions({ rotation, retention }: Pick<LogOptions, 'rotation' | 'retention'>): {
  frequency?: number;
  size?: string;
  limit?: { count: number };
} {
  if (rotation === undefined) return {};
  if (isSize(rotation)) return { size: `${rotation.amount}${sizeUnits[rotation.unit]}` };
  const frequency = durationMs(rotation as Quantity<TimeUnit>);
  const count =
    retention === undefined ? undefined : Math.max(1, Math.ceil(durationMs(retention) / frequency));
  return { frequency, ...(count === undefined ? {} : { limit: { count } }) };
}

async function streamOf(
  options: LogOptions | undefined,
): Promise<{ write(line: string): void; end?(): void }> {
  if (options?.fileName === undefined) return pino.destination({ fd: 2, sync: true });
  const { default: roll } = await import('pino-roll');
  return roll({ file: options.fileName, mkdir: true, ...rollOptions(options) });
}

/** Opens the log of a config; every line has `name`. */
export async function openLog(options: LogOptions | undefined, name: string): Promise<OpenLog> {
  const stream = await streamOf(options);
  const logger = pino({ name, level: levels[options?.level ?? 'INFO'], base: { name } }, stream);
  return {
    log: (level, message, fields) => logger[level](fields ?? {}, message),
    close: async () => stream.end?.(),
  };
}
