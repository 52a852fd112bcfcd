/**
 * Lists of texts as parameters of handwritten statements. MikroORM writes parameters into the text
 * of a statement and has no form for arrays, so a list is passed as one text.
 */
import { isStorable } from '../../storable.ts';

/** The texts that can be stored: a search for another text finds no row instead of failing. */
export function storable(texts: readonly string[]): string[] {
  return texts.filter(isStorable);
}

/**
 * The text as a parameter of a comparison. A text that cannot be stored becomes null, which equals
 * no row.
 */
export function comparable(text: string): string | null {
  return isStorable(text) ? text : null;
}

/** For `jsonb_array_elements_text(?::jsonb)`. */
export function textList(texts: readonly string[]): string {
  return JSON.stringify(storable(texts));
}
