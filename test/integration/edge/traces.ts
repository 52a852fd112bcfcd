/**
 * The traces that messages leave: tags and secrets.
 *
 * - A tag names a message. A handled message leaves its tag in the history, a dead letter in its properties or body.
 * - A secret names the actor that a message is meant for. Two secrets in one actor or in one answer are a mix.
 */

/** The topic of the lines of history that handled messages leave. */
export const historyTopic = 'edge';
/** Stands in the context of a step that is refused. */
export const spoiledMark = 'SPOILED';
/** An activity writes this mark into its input. */
export const mutatedMark = 'MUTATED';

/** The tag of message number `index`. No tag is a part of another tag. */
export function tagOf(index: number): string {
  return `tag-${index}-`;
}

/** The secret number `index`. No secret is a part of another secret. */
export function secretOf(index: number): string {
  return `secret-${index}-`;
}

export function tagsIn(text: string): readonly string[] {
  return [...new Set(text.match(/tag-\d+-/g) ?? [])];
}

export function secretsIn(text: string): readonly string[] {
  return [...new Set(text.match(/secret-\d+-/g) ?? [])];
}
