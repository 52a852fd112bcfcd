/** The format of the section `log`. */
import { type Static, Type } from 'typebox';
import { closed } from './schema-parts.ts';

const logLevels = ['CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG', 'TRACE'] as const;
const timeUnit = '(second|minute|hour|day|week|month|year)s?';
export const logSchema = Type.Object(
  {
    level: Type.Optional(
      Type.Enum([...logLevels, 'critical', 'error', 'warning', 'info', 'debug', 'trace'], {
        default: 'INFO',
        description: 'Lowest level of the lines that are written.',
      }),
    ),
    file_name: Type.Optional(
      Type.String({ minLength: 1, description: 'Log file. Default: standard error.' }),
    ),
    retention: Type.Optional(
      Type.String({
        pattern: `^[1-9]\\d{0,8} ${timeUnit}$`,
        examples: ['1 months'],
        description: 'How long an old log file is kept. Default: for ever.',
      }),
    ),
    rotation: Type.Optional(
      Type.String({
        pattern: `^[1-9]\\d{0,8} (${timeUnit}|[KMG]?B)$`,
        examples: ['20 days', '100 MB'],
        description: 'Age or size at which a new log file is begun. Default: never.',
      }),
    ),
  },
  { ...closed, description: 'The log of the process.' },
);

export type LogOptions = Static<typeof logSchema>;
