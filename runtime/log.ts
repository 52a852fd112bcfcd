/** The port for log lines. The product gives pino; tests give nothing or a list. */
import type { JsonObject } from './json.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, message: string, fields?: JsonObject) => void;

export const noLog: Log = () => undefined;
