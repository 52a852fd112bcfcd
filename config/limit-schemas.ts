/** The format of the sections `limits` and `consent`: bounds of messages, and of an agreement. */
import { Type } from 'typebox';
import { closed } from './schema-parts.ts';

const count = (defaultValue: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, default: defaultValue, description }));

/** The limits of a file without `limits`. */
export const limitDefaults = {
  body_bytes: 1_048_576,
  depth: 64,
  keys: 10_000,
  answer_bytes: 16_777_216,
  answer_keys: 1_000_000,
} as const;

export const limitsSchema = Type.Object(
  {
    body_bytes: count(limitDefaults.body_bytes, 'Largest size of a message body, in bytes.'),
    depth: count(limitDefaults.depth, 'Deepest nesting of objects and lists in a message body.'),
    keys: count(limitDefaults.keys, 'Largest number of keys in a message body.'),
    answer_bytes: count(
      limitDefaults.answer_bytes,
      'Largest size of the body of an answer to a question of this service, in bytes.',
    ),
    answer_keys: count(
      limitDefaults.answer_keys,
      'Largest number of keys in the body of an answer to a question of this service.',
    ),
  },
  {
    ...closed,
    description:
      'Limits of a message. A message beyond a limit is refused before it is handled. An answer beyond ' +
      'a limit reaches the asker as the error `answer-too-large`.',
  },
);

/** The times of a file without `consent`. */
export const consentDefaults = {
  vote_deadline_ms: 10_000,
  refusal_grace_ms: 100,
  question_ids_max: 2_000,
} as const;

const milliseconds = (defaultValue: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, default: defaultValue, description }));

export const consentSchema = Type.Object(
  {
    vote_deadline_ms: milliseconds(
      consentDefaults.vote_deadline_ms,
      86_400_000,
      'Time for the answers to all questions before a deletion or an update, in milliseconds. A voter ' +
        'caps the deadline of a question at this time of its own.',
    ),
    refusal_grace_ms: milliseconds(
      consentDefaults.refusal_grace_ms,
      60_000,
      'Time between the first refusal and the end of the vote, for further refusals, in milliseconds.',
    ),
    question_ids_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 9_000,
        default: consentDefaults.question_ids_max,
        description:
          'Largest number of node ids in one message to a voter. A question about more nodes is asked in ' +
          'several messages. Every id is a key in the sense of `limits.keys` of the voter.',
      }),
    ),
    always_ask: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        uniqueItems: true,
        default: [],
        description:
          'Services that are asked about every node of this service, beside the subscribers of the node. For ' +
          'a voter that cannot subscribe, such as a webhook.',
      }),
    ),
  },
  { ...closed, description: 'Times and sizes of the agreement before a deletion or an update.' },
);
