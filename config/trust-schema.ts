/**
 * The format of the section `trust`: which users of the broker may speak as which service, who are
 * operators, and who are clients of which actions.
 *
 * Boundary: shapes. `trust-file.ts` reads the section from a file that all services share.
 */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const user = Type.String({ minLength: 1, maxLength: 255 });
const name = Type.String({ pattern: '^\\S+$' });

function users(description: string) {
  return Type.Array(user, { uniqueItems: true, description });
}

export const trustSchema = Type.Object(
  {
    services: Type.Optional(
      Type.Record(name, users('Users that speak as the service.'), {
        ...closed,
        examples: [{ tags_model_crud: ['tags'] }],
        description:
          'The users that speak as a service, by its name: every service that asks, votes, subscribes ' +
          'or answers. Default: nobody.',
      }),
    ),
    operators: Type.Optional(
      users('Users that may send cancel, skip, retire, release and adopt. Default: nobody.'),
    ),
    clients: Type.Optional(
      Type.Record(name, users('Users that may send the action.'), {
        ...closed,
        examples: [{ delete: ['api'], '*': ['api', 'reports'] }],
        description:
          'The users that may send a request, by its action; * stands for every action that is not ' +
          'named. An operator may send every request. Default: every user may.',
      }),
    ),
    unknown: Type.Optional(
      Type.Enum(['refuse', 'allow'], {
        default: 'refuse',
        description:
          'A message that names no user: refuse the message, or take it as without trust. A message ' +
          'of an operator always needs a user.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'Who may say what, by the users of the broker. Without the section every user may send every message.',
  },
);

export type TrustOptions = Static<typeof trustSchema>;

/** The section with its defaults. */
export interface Trust {
  readonly services: Readonly<Record<string, readonly string[]>>;
  readonly operators: readonly string[];
  /** Absent: every user may send every request. */
  readonly clients?: Readonly<Record<string, readonly string[]>>;
  readonly unknown: 'refuse' | 'allow';
}

export function trustOf({
  services = {},
  operators = [],
  clients,
  unknown = 'refuse',
}: TrustOptions): Trust {
  return { services, operators, unknown, ...(clients === undefined ? {} : { clients }) };
}
