/**
 * The requests to the services of the hierarchy ("Requests" in `docs/wire.md`). The messages of the
 * protocol are in `actors/consent/`.
 */
import { type TSchema, Type } from 'typebox';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { NodeIdSchema, NodeIdsSchema } from '../consent/node-ids.ts';
import { placePattern } from '../hierarchy/store.ts';
import { UpdateMembers } from '../peer/messages.ts';

const ScalarSchema = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
/** An object is kept as its JSON text, and given back unchanged. */
const AttributeValueSchema = Type.Union([
  ...ScalarSchema.anyOf,
  Type.Record(Type.String(), Type.Unknown()),
]);

/** An attribute with at most one value of this type. */
function single<Value extends TSchema>(value: Value) {
  const orNull = Type.Union([value, Type.Null()]);
  return Type.Optional(Type.Union([value, Type.Null(), Type.Array(orNull, { maxItems: 1 })]));
}

export const AttributesSchema = Type.Object(
  {
    cn: Type.Optional(Type.Union([ScalarSchema, Type.Array(ScalarSchema)])),
    prsActive: single(Type.Boolean()),
    prsDefault: single(Type.Boolean()),
    prsEntityTypeCode: single(Type.Integer()),
    prsIndex: single(Type.Integer()),
  },
  { additionalProperties: Type.Union([AttributeValueSchema, Type.Array(AttributeValueSchema)]) },
);

/** With the values of LDAP the types are checked where the texts are read. */
const TextAttributesSchema = Type.Object(
  {},
  { additionalProperties: Type.Union([AttributeValueSchema, Type.Array(AttributeValueSchema)]) },
);

const parentId = Type.Optional(Type.Union([NodeIdSchema, Type.Null()]));

export const CreateSchema = Type.Object(
  { parentId, attributes: Type.Optional(AttributesSchema) },
  { additionalProperties: false },
);

/** `create` of a service with the values of LDAP. */
export const TextCreateSchema = Type.Object(
  { parentId, attributes: Type.Optional(TextAttributesSchema) },
  { additionalProperties: false },
);

export const ReadSchema = Type.Object(
  {
    id: Type.Optional(NodeIdsSchema),
    base: Type.Optional(Type.String()),
    deref: Type.Optional(Type.Boolean()),
    scope: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)])),
    filter: Type.Optional(
      Type.Record(Type.String(), Type.Union([ScalarSchema, Type.Array(ScalarSchema)])),
    ),
    attributes: Type.Optional(Type.Array(Type.String())),
    hierarchy: Type.Optional(Type.Boolean()),
    getParent: Type.Optional(Type.Boolean()),
    getVersion: Type.Optional(Type.Boolean()),
    limit: Type.Optional(Type.Integer({ minimum: 1 })),
    after: Type.Optional(Type.String({ pattern: placePattern })),
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

/** `update` of a service with the values of LDAP. */
export const TextUpdateSchema = Type.Object(
  {
    ...UpdateMembers,
    parentId: Type.Optional(NodeIdSchema),
    attributes: Type.Optional(TextAttributesSchema),
  },
  { additionalProperties: false },
);

/** `parentId`: a node of the service. Default: the base node of the entity. */
export const CreateAliasSchema = Type.Object(
  {
    parentId: Type.Optional(Type.Union([NodeIdSchema, Type.Null()])),
    aliasOf: NodeIdSchema,
    cn: Type.String({ minLength: 1 }),
  },
  { additionalProperties: false },
);

/** `parentId` as in `create`. `replace`: ids in the place of ids in the attributes of the copies. */
export const CopySchema = Type.Object(
  {
    id: NodeIdSchema,
    parentId,
    attributes: Type.Optional(AttributesSchema),
    replace: Type.Optional(Type.Record(Type.String(), NodeIdSchema)),
    only_own: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** `copy` of a service with the values of LDAP. */
export const TextCopySchema = Type.Object(
  { ...CopySchema.properties, attributes: Type.Optional(TextAttributesSchema) },
  { additionalProperties: false },
);

/** A create that is refused answers with a null id beside the error. */
export function createRefusal(error: ErrorBody): Json {
  return { id: null, error: error };
}
export type LinkAction = `link${string}` | `unlink${string}` | `getLinked${string}`;

export type LinkActions = {
  readonly link: `link${string}`;
  readonly unlink: `unlink${string}`;
  readonly read: `getLinked${string}`;
};

/** `Tags` gives `linkTags`, `unlinkTags` and `getLinkedTags`. */
export function linkActions(name: string): LinkActions {
  return { link: `link${name}`, unlink: `unlink${name}`, read: `getLinked${name}` };
}
