/** The format of the section `log`. */
import { type Static, Type } from 'typebox';
import { closed } from './schema-parts.ts';

const logLevels = ['CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG', 'TRACE'] as const;
export const logSchema = Type.Object(
  {
    level: Type.Optional(
      Type.Enum([...logLevels, 'critical', 'error', 'warning', 'info', 'debug', 'trace'], {
        default: 'INFO',
        description: 'Lowest level of the lines that are written. Also the variable `LOG_LEVEL`.',
      }),
    ),
    file_name: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Log file. Default: standard error. Also the variable `LOG_FILE_NAME`.',
      }),
    ),
    retention: Type.Optional(
      Type.Union([Type.String({ examples: ['1 months'] }), Type.Integer({ minimum: 1 })], {
        description:
          'Which old log files are kept: those that ended within an age, or so many of the youngest. ' +
          'Default: all. Also the variable `LOG_RETENTION`.',
      }),
    ),
    rotation: Type.Optional(
      Type.String({
        examples: ['20 days', '500 MB', '00:00', 'monday at 12:00', 'daily'],
        description:
          'When a new log file is begun: at a size, at an age, or at a time of the time zone of the ' +
          'process. The old file gets the time of its end into its name. Default: never. Also the ' +
          'variable `LOG_ROTATION`.',
      }),
    ),
  },
  { ...closed, description: 'The log of the service.' },
);

export type LogOptions = Static<typeof logSchema>;
