/** Log lines for people at a terminal: time, level, service, message and fields, in colour. */
import { systemClock } from '../ports/clock.ts';
import type { Log, LogLevel } from '../ports/log.ts';

const colours: Readonly<Record<LogLevel, string>> = {
  debug: '\u001b[2m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const plain = '\u001b[0m';

interface TerminalOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** `NO_COLOR` in the environment leaves the colours out. */
export function terminalLog(
  name: string,
  stream: { write(line: string): boolean },
  { env = process.env, now = () => systemClock.now() }: TerminalOptions = {},
): Log {
  const inColour = (level: LogLevel, text: string) =>
    env['NO_COLOR'] ? text : `${colours[level]}${text}${plain}`;
  return (level, message, fields = {}) => {
    const time = new Date(now()).toISOString().slice(11, 23);
    const more = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
    const head = inColour(level, level.toUpperCase().padEnd(5));
    stream.write(`${time} ${head} ${name} ${withoutControls(`${message}${more}`)}\n`);
  };
}

/** Texts of other people end no line and steer no terminal. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
