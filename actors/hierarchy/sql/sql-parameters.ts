/**
 * Lists as parameters of handwritten statements. MikroORM writes parameters into the text of a
 * statement and has no form for arrays, so a list is passed as one text.
 */
import { isStorable } from '../rules/attributes.ts';
import { isNodeId } from '../rules/tree-node.ts';

/** For `?::uuid[]`; texts that are no node id are left out. */
export function uuidList(ids: readonly string[]): string {
  return `{${ids.filter(isNodeId).join(',')}}`;
}

/** The texts that can be stored: a search for another text finds no row instead of failing. */
export function storable(texts: readonly string[]): string[] {
  return texts.filter(isStorable);
}

/** For `jsonb_array_elements_text(?::jsonb)`. */
export function textList(texts: readonly string[]): string {
  return JSON.stringify(storable(texts));
}
