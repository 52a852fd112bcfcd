/** The port for log lines. The product gives pino; tests give nothing or a list. */
import type { JsonObject } from './json.ts';

/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes one line; must not throw. */
export type Log = (level: LogLevel, message: string, fields?: JsonObject) => void;

export const noLog: Log = () => undefined;
