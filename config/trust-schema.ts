/**
 * The format of the section `trust`: which users of the broker may speak as which service, who are
 * operators, and who are clients of which actions.
 *
 * Boundary: shapes. `trust-file.ts` reads the section from a file that all services share.
 */
import { type Static, Type } from 'typebox';
import type { Problem } from './schema-problems.ts';
import { shown } from './shown.ts';

const closed = { additionalProperties: false } as const;
/** As long as a service remembers the id of a message. */
const callerAgeMaxMs = 604_800_000;
const callerAgeDefaultMs = 86_400_000;
const user = Type.String({ minLength: 1, maxLength: 255 });
const name = Type.String({ pattern: '^\\S+$' });

function users(description: string) {
  return Type.Array(user, { uniqueItems: true, description });
}

const keyId = Type.String({ pattern: '^[\\w-]{1,64}$' });

const callersSchema = Type.Object(
  {
    secrets: Type.Optional(
      Type.Record(keyId, Type.String({ minLength: 32, maxLength: 1_000 }), {
        ...closed,
        minProperties: 1,
        description:
          'The keys by their ids. A signature under any of them counts. Keys stand in the file of ' +
          '`trust_file` or in the environment (`TRUST__CALLERS__SECRETS`).',
      }),
    ),
    sign_with: Type.Optional(
      Type.String({ description: 'The id of the key that signs. Default: the only key.' }),
    ),
    max_age_ms: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: callerAgeMaxMs,
        default: callerAgeDefaultMs,
        description: 'A message whose signature is older, in ms, is refused.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'Keys for the signatures of callers. With the key a message that names a caller is refused ' +
      'unless the caller is signed.',
  },
);

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
    callers: Type.Optional(callersSchema),
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
  /** Absent: a caller that a message names is not signed. */
  readonly callers?: CallerKeys;
}

/** The keys under which callers are signed. */
export interface CallerKeys {
  /** By the id of the key. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly signWith: string;
  readonly maxAgeMs: number;
}

/** Why the section cannot be used, beyond its schema. The path begins in the section. */
export function trustProblems({ callers }: TrustOptions): readonly Problem[] {
  if (callers === undefined) return [];
  const { secrets = {}, sign_with: signWith } = callers;
  const ids = Object.keys(secrets);
  if (ids.length === 0)
    return [{ path: ['callers', 'secrets'], found: 'nothing', allowed: 'keys by their ids' }];
  if (signWith === undefined ? ids.length === 1 : ids.includes(signWith)) return [];
  const found = signWith === undefined ? `nothing, and ${ids.length} keys` : shown(signWith);
  return [
    { path: ['callers', 'sign_with'], found, allowed: `a key of secrets: ${ids.join(', ')}` },
  ];
}

export function trustOf({
  services = {},
  operators = [],
  clients,
  callers,
  unknown = 'refuse',
}: TrustOptions): Trust {
  return {
    services,
    operators,
    unknown,
    ...(clients === undefined ? {} : { clients }),
    ...(callers === undefined ? {} : { callers: callerKeysOf(callers) }),
  };
}

function callerKeysOf({
  secrets = {},
  sign_with: signWith = Object.keys(secrets)[0] ?? '',
  max_age_ms: maxAgeMs = callerAgeDefaultMs,
}: NonNullable<TrustOptions['callers']>): CallerKeys {
  return { secrets, signWith, maxAgeMs };
}
