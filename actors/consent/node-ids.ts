/** Ids of nodes in the bodies of messages: one id, or a list of distinct ids. */
import { createHash } from 'node:crypto';
import { type Static, Type } from 'typebox';

/** In lower case behind the edge: `checkSchema` writes every UUID so. */
export const NodeIdSchema = Type.String({ format: 'uuid' });

export const NodeIdsSchema = Type.Union([
  NodeIdSchema,
  Type.Array(NodeIdSchema, { minItems: 1, maxItems: 10_000, uniqueItems: true }),
]);

/** One id or several, as a schema has checked them. */
export type NodeIds = Static<typeof NodeIdsSchema>;

/** The body of a message about nodes: `{id}`, with further members beside it. */
export const NodesDataSchema = Type.Object({
  id: NodeIdsSchema,
  /**
   * Of `deleting`: the nodes are gone, and the voter shall now remove what it had kept of them. Of
   * `isDeleting`: the inquiry is about such a message.
   */
  retention_ended: Type.Optional(Type.Boolean()),
});
export type NodesData = { readonly id: NodeIds; readonly retention_ended?: boolean };

export function idList(ids: NodeIds): readonly string[] {
  return [ids].flat();
}

/** The ids in lists of at most `idsMax`, in the given order. */
export function idsInParts(ids: readonly string[], idsMax: number): readonly (readonly string[])[] {
  const parts = Math.ceil(ids.length / idsMax);
  return Array.from({ length: parts }, (_, at) => ids.slice(at * idsMax, (at + 1) * idsMax));
}

/** The ids as a body carries them: a single id stands without a list. */
export function idsInBody(ids: readonly string[]): string | readonly string[] {
  const [only] = ids;
  return ids.length === 1 && only !== undefined ? only : ids;
}

/**
 * A name for nodes, for message ids: the id of one node; of several nodes the first id and the
 * digest of the whole list. Another list, also in another order, has another name.
 */
export function nodesTag(ids: readonly string[]): string {
  const [first = '', ...others] = ids;
  if (others.length === 0) return first;
  const digest = createHash('sha256').update(JSON.stringify(ids)).digest('base64url');
  return `${first}+${digest}`;
}
