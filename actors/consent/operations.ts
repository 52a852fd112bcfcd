/**
 * The messages by which an operator overrides a saga, and the history line of each override.
 *
 * - Every message names a person and a reason. Without both the message is refused.
 * - Where users are checked, the user of the message is `by`, and the given text is the `person`.
 * - A service takes `cancel`, `skip`, `retire`, `release` and `adopt`. The service passes an
 *   override to its actors of the saga as `operateSaga` and `operatePart`, and takes these two
 *   messages from no other sender.
 */
import { type Static, Type } from 'typebox';
import type { MessageInfo } from '../../runtime/messages/message-events.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { ConsentSettings } from './settings.ts';

export const Saga = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'The id of the saga, as an answer or a saga record names the saga.',
});
export const Voter = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'The name of the subscriber on the list.',
});
const by = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'The person who overrides; not a program.',
});
const why = Type.String({
  minLength: 1,
  maxLength: 2_000,
  description: 'The reason, for the history.',
});
/** The person and the reason, in every message of an operator. */
export const operatorFields = { by, why };
const closed = { additionalProperties: false };

export const CancelSchema = Type.Object({ saga: Saga, by, why }, closed);
export const SkipSchema = Type.Object({ saga: Saga, voter: Voter, by, why }, closed);
export const ReleaseSchema = Type.Object({ saga: Saga, by, why }, closed);
export const RetireSchema = Type.Object(
  {
    service: Voter,
    force: Type.Optional(
      Type.Boolean({ description: 'true: also while nodes of the service are left behind.' }),
    ),
    by,
    why,
  },
  closed,
);
export const AdoptSchema = Type.Object({ service: Voter, by, why }, closed);
export const OperateSchema = Type.Object(
  {
    operation: Type.Union([Type.Literal('cancel'), Type.Literal('skip'), Type.Literal('release')]),
    saga: Saga,
    key: Type.String({ minLength: 1, description: 'The key of the actor that holds the saga.' }),
    voter: Type.Optional(Voter),
    by,
    person: Type.Optional(by),
    why,
  },
  closed,
);

/** The operator of an override. `by`: the user of the message, where users are checked. */
export type Operator = { readonly by: string; readonly person?: string; readonly why: string };

/** The data of an override with its operator. */
export function signed<Data extends Operator>(
  { provesUsers }: Pick<ConsentSettings, 'provesUsers'>,
  { user }: Pick<MessageInfo, 'user'>,
  data: Data,
): Data & Operator {
  return provesUsers && user !== null ? { ...data, by: user, person: data.by } : data;
}

/** An override on its way to an actor. */
export type Operation = Static<typeof OperateSchema>;
/** An override that concerns the sagas of a service. */
export type PartOperation = Operation['operation'] | 'retire';
export type OperationName = PartOperation | 'adopt' | 'replay';

/** The history line of an override. `voter`: of `skip`, `retire` and `adopt`. */
export function operatorLine({
  operation,
  voter,
  by,
  person,
  why,
}: Operator & {
  readonly operation: OperationName;
  readonly voter?: string;
}): JsonObject {
  return {
    what: 'operator',
    operation,
    by,
    ...(person === undefined ? {} : { person }),
    why,
    ...(voter === undefined ? {} : { voter }),
  };
}
