/** The port for log lines. Adapter: pino. Tests pass `noLog` or keep the lines in a list. */
import type { JsonObject } from './json.ts';

/** The importance of a line. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes one line; must not throw. */
export type Log = (level: LogLevel, message: string, fields?: JsonObject) => void;

export const noLog: Log = () => undefined;
