/**
 * Lists as parameters of statements written by hand. MikroORM writes parameters into the text of a statement and has no form
 * for arrays there, so a list goes in as one text.
 */
import { isStorable } from '../rules/attributes.ts';
import { isNodeId } from '../rules/tree-node.ts';

/** For `?::uuid[]`; what is no node id is left out. */
export function uuidList(ids: readonly string[]): string {
  return `{${ids.filter(isNodeId).join(',')}}`;
}

/** Texts that can be stored, so that looking for any other finds nothing instead of failing. */
export function storable(texts: readonly string[]): string[] {
  return texts.filter(isStorable);
}

/** For `jsonb_array_elements_text(?::jsonb)`. */
export function textList(texts: readonly string[]): string {
  return JSON.stringify(storable(texts));
}
