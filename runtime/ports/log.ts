/**
 * The port for log lines. Adapter: pino. Tests pass `noLog` or keep the lines in a list.
 *
 * - Never silent: without a log, `createRuntime` and deployments write warnings and errors to
 *   standard error, so that a wait, a dead letter or a failure is seen by default.
 * - No secrets: every adapter writes `redactedLine`, because errors of drivers and texts of strangers
 *   reach the log.
 */
import { isJsonObject } from '../../config/json.ts';
import { redact, redactText } from '../../config/redact.ts';
import type { JsonObject } from './json.ts';

/** The importance of a line. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes one line; must not throw. */
export type Log = (level: LogLevel, message: string, fields?: JsonObject) => void;

export const noLog: Log = () => undefined;

/** A line without secrets, for every log that leaves the process. Never throws. */
export function redactedLine(
  message: string,
  fields: JsonObject = {},
): { readonly message: string; readonly fields: JsonObject } {
  try {
    const shown = redact(fields);
    return { message: redactText(message), fields: isJsonObject(shown) ? shown : {} };
  } catch {
    return { message: redactText(message), fields: {} };
  }
}

/** The log of a runtime that is given none: warnings and errors, a line each. */
export const warningsToStderr: Log = (level, message, fields) => {
  if (level !== 'warn' && level !== 'error') return;
  const line = redactedLine(message, fields);
  process.stderr.write(`unanimous ${level}: ${line.message}${fieldsText(line.fields)}\n`);
};

function fieldsText(fields: JsonObject): string {
  return Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
}
