/**
 * The format of the section `process`. `process-settings.ts` has the rule for several configs of
 * one process.
 */
import { type Static, Type } from 'typebox';
import { processDefaults, retentionDefaultDays } from './process-defaults.ts';
import { closed } from './schema-parts.ts';

const bounded = (
  name: Exclude<keyof typeof processDefaults, 'fuse'>,
  minimum: number,
  maximum: number,
  description: string,
) => Type.Optional(Type.Integer({ minimum, maximum, default: processDefaults[name], description }));

const days = (name: keyof typeof retentionDefaultDays, description: string) =>
  Type.Optional(
    Type.Union([Type.Number({ minimum: 0.01, maximum: 100_000 }), Type.Literal('forever')], {
      default: retentionDefaultDays[name],
      description,
    }),
  );

const retentionSchema = Type.Object(
  {
    inbox_days: days(
      'inbox_days',
      'Ids and answers of handled messages, since the message was last seen. Must be longer than any ' +
        'redelivery of the broker.',
    ),
    answered_days: days(
      'answered_days',
      'Answered questions of living actors, since the last answer.',
    ),
    finished_days: days('finished_days', 'Actors that have ended, since their end.'),
    history_days: days(
      'history_days',
      'Lines of history. The record and the certificate of a deletion are made of these lines.',
    ),
    tombstones_days: days('tombstones_days', 'Traces of deleted rows that stores keep.'),
  },
  { ...closed, description: 'Days that rows are kept after their end, or `forever`.' },
);

export const processSchema = Type.Object(
  {
    prefetch: bounded(
      'prefetch',
      1,
      65_535,
      'Deliveries of a queue that may be under way at the same time.',
    ),
    database_connections: bounded(
      'database_connections',
      2,
      1_000,
      'Most connections of the process to a database server.',
    ),
    cached_actors: bounded(
      'cached_actors',
      1,
      100_000_000,
      'Actors that stay in memory between two turns. Every other actor is loaded for its turn.',
    ),
    lease_ms: bounded(
      'lease_ms',
      1_000,
      3_600_000,
      'A process without a heartbeat for this long counts as dead, and others take over its messages ' +
        'and activities, in milliseconds. All processes of a database need the same value.',
    ),
    fuse: Type.Optional(
      Type.Boolean({
        default: processDefaults.fuse,
        description:
          'Whether a message between services of the process that share a broker in memory and a ' +
          'database is handled in the batch of its sender and committed with it. With several ' +
          'services in one process `false` counts before `true`.',
      }),
    ),
    retention: Type.Optional(retentionSchema),
  },
  {
    ...closed,
    description:
      'Resources of the process that runs the service. Of several services in one process the largest ' +
      'value counts for each key.',
  },
);

export type ProcessFile = Static<typeof processSchema>;
