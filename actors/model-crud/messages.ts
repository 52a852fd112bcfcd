/** What the services of the hierarchy take, beside the protocol's own messages (wire.md §2). */
import { Type } from 'typebox';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { NodeIdSchema, NodeIdsSchema } from '../consent/node-ids.ts';
import { UpdateMembers } from '../peer/messages.ts';

const AttributeValueSchema = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
]);
const AttributesSchema = Type.Record(
  Type.String(),
  Type.Union([AttributeValueSchema, Type.Array(AttributeValueSchema)]),
);

export const CreateSchema = Type.Object(
  {
    parentId: Type.Optional(Type.Union([NodeIdSchema, Type.Null()])),
    attributes: Type.Optional(AttributesSchema),
  },
  { additionalProperties: false },
);

export const ReadSchema = Type.Object(
  {
    id: Type.Optional(NodeIdsSchema),
    base: Type.Optional(Type.String()),
    deref: Type.Optional(Type.Boolean()),
    scope: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)])),
    filter: Type.Optional(Type.Record(Type.String(), Type.Array(AttributeValueSchema))),
    attributes: Type.Optional(Type.Array(Type.String())),
    hierarchy: Type.Optional(Type.Boolean()),
    getParent: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

export const UpdateSchema = Type.Object(
  {
    ...UpdateMembers,
    parentId: Type.Optional(NodeIdSchema),
    attributes: Type.Optional(AttributesSchema),
  },
  { additionalProperties: false },
);

/** A create that is refused answers with a null id beside the error. */
export function createRefusal(error: ErrorBody): Json {
  return { id: null, error: error };
}
