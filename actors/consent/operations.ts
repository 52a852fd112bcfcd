/**
 * What operators may do to sagas (protocol.md §6): the messages, and the line of history each leaves.
 *
 * 1. Every one names who does it and why; it is not taken without.
 * 2. `cancel`, `skip`, `retire`, `release` are what a service takes. `operateSaga` and `operatePart` are what it passes on to the
 *    actors that hold the saga; nobody else need send them.
 */
import { type Static, Type } from 'typebox';
import type { JsonObject } from '../../runtime/ports/json.ts';

const Saga = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'Id of the saga, as an answer or a record names it.',
});
const Voter = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'The subscriber as the list names it.',
});
const audit = {
  by: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Who does it: a person, not a program.',
  }),
  why: Type.String({ minLength: 1, maxLength: 2_000, description: 'The reason, for the record.' }),
};
const closed = { additionalProperties: false };

export const CancelSchema = Type.Object({ saga: Saga, ...audit }, closed);
export const SkipSchema = Type.Object({ saga: Saga, voter: Voter, ...audit }, closed);
export const ReleaseSchema = Type.Object({ saga: Saga, ...audit }, closed);
export const RetireSchema = Type.Object({ service: Voter, ...audit }, closed);
export const OperateSchema = Type.Object(
  {
    operation: Type.Union([Type.Literal('cancel'), Type.Literal('skip'), Type.Literal('release')]),
    saga: Saga,
    key: Type.String({ minLength: 1 }),
    voter: Type.Optional(Voter),
    ...audit,
  },
  closed,
);

export type Operation = Static<typeof OperateSchema>;
export type OperationName = Operation['operation'] | 'retire';

/** Who overrode what, when it was taken: a line of history. */
export function operatorLine({
  operation,
  voter,
  by,
  why,
}: Omit<Operation, 'key' | 'saga' | 'operation'> & {
  readonly operation: OperationName;
}): JsonObject {
  return { what: 'operator', operation, by, why, ...(voter === undefined ? {} : { voter }) };
}
