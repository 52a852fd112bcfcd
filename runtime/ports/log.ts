/**
 * The port for log lines. Adapter: pino. Tests pass `noLog` or keep the lines in a list.
 *
 * - Never silent: a runtime without a log writes warnings and errors to standard error, so that a
 *   wait, a dead letter or a failure is seen by default.
 */
import type { JsonObject } from './json.ts';

/** The importance of a line. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes one line; must not throw. */
export type Log = (level: LogLevel, message: string, fields?: JsonObject) => void;

export const noLog: Log = () => undefined;

/** The log of a runtime that is given none: warnings and errors, a line each. */
export const warningsToStderr: Log = (level, message, fields) => {
  if (level !== 'warn' && level !== 'error') return;
  process.stderr.write(`unanimous ${level}: ${message}${fieldsText(fields)}\n`);
};

function fieldsText(fields: JsonObject = {}): string {
  try {
    return Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  } catch {
    return '';
  }
}
