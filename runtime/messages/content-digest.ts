/**
 * A short digest of what a message says: its action and the data of one actor. Two messages of one
 * id are the same message only when their digests are equal.
 *
 * Invariants:
 * - Meaning, not bytes: the order of keys does not count, nor do compression and headers.
 */
import { hash } from 'node:crypto';
import { isJsonObject } from '../../config/json.ts';
import type { Json } from '../ports/json.ts';

const digestLength = 22;

export function contentDigest(action: string, data: Json): string {
  const content = JSON.stringify([action, inOrder(data)]);
  return hash('sha256', content, 'base64url').slice(0, digestLength);
}

/** A copy is made only when some keys are not sorted. */
function inOrder(value: Json): Json {
  return isInOrder(value) ? value : sorted(value);
}

function isInOrder(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isInOrder);
  if (!isJsonObject(value)) return true;
  let last = '';
  for (const key in value) {
    const { [key]: member = null } = value;
    if (key < last || !isInOrder(member)) return false;
    last = key;
  }
  return true;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  // Without a prototype, so that no key of the data is taken for a member of `Object`.
  const copy: Record<string, Json> = Object.create(null);
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) copy[key] = sorted(member);
  }
  return copy;
}
