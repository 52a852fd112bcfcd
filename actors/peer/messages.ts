/** The requests that every owner of nodes takes, beside the protocol's own messages. */
import { Type } from 'typebox';
import { NodeIdSchema, NodeIdsSchema } from '../consent/node-ids.ts';
import { IfPlanSchema } from '../consent/plan-schema.ts';

/** The saga of an earlier refused operation. The new operation counts as old as that operation. */
export const RetryOfSchema = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));

/** The node must have one of these versions when the operation begins. */
const IfVersionSchema = Type.Optional(
  Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 100 }),
);

export const DeleteSchema = Type.Object(
  {
    id: NodeIdsSchema,
    retry_of: RetryOfSchema,
    if_plan: Type.Optional(IfPlanSchema),
    when_held: Type.Optional(Type.Literal('retry')),
    give_up_at: Type.Optional(Type.String({ minLength: 4, maxLength: 40 })),
    if_version: IfVersionSchema,
  },
  { additionalProperties: false },
);

export const PlanSchema = Type.Object({ id: NodeIdsSchema }, { additionalProperties: false });

/** The members of every update. */
export const UpdateMembers = {
  id: NodeIdSchema,
  retry_of: RetryOfSchema,
  if_version: IfVersionSchema,
};
