/**
 * The messages and answers of the file remover. On `file_management_queue` a body is `{"url",
 * "card"?, "id"?}`, the bare URL as a JSON string, one task with a `url` (`{"<task>": {"url": …}}`,
 * the form of the Korean seed's publishers), or
 * `{"action": "remove" | "restore" | "read", "data": {…}}`.
 */
import { type Static, Type } from 'typebox';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

const text = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\p{Cc}\\p{Cs}]+$' });
const url = Type.String({
  maxLength: 4096,
  pattern: '^[A-Za-z][A-Za-z0-9+.-]*:[^\\p{Cc}\\p{Cs}]+$',
  description: 'Absolute.',
});

/**
 * Without an id the message's identity is the id of the file record. `saga`: the saga that has deleted
 * the node that listed the file; the removal is in the history of the saga. Answered `{}` or `{"error"}`
 * at the end of the removal.
 */
export const removeSchema = Type.Object({
  url,
  card: Type.Optional(
    Type.Union([text(255), Type.Null()], { description: 'The card that listed the file.' }),
  ),
  id: Type.Optional(text(255)),
  saga: Type.Optional(text(255)),
});
export type RemoveFile = Static<typeof removeSchema>;

/**
 * Puts back a file that waits for its removal. Answered `{}` when the file is at its place, and
 * also when the file was absent at its removal; or `{"error"}`, with `gone` for a removed file.
 */
export const restoreSchema = Type.Object({ id: text(255) });
export type RestoreFile = Static<typeof restoreSchema>;

/** Answered `{"data": [receipt]}`: the receipts that fit every given member. */
export const readSchema = Type.Object({
  card: Type.Optional(text(255)),
  id: Type.Optional(text(255)),
  url: Type.Optional(text(4096)),
});
export type ReadReceipts = Static<typeof readSchema>;

/** Reads a body without an action. */
export function interpretFileBody(
  body: Json,
): { readonly action: string; readonly data: Json } | undefined {
  if (typeof body === 'string') return { action: 'remove', data: { url: body } };
  if (!isObject(body) || body['action'] !== undefined) return undefined;
  const task = [body, ...Object.values(body)].find(
    (part) => isObject(part) && part['url'] !== undefined,
  );
  return task === undefined ? undefined : { action: 'remove', data: task };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
