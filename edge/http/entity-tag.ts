/**
 * Entity tags (RFC 9110): the version of a node is its tag, `"7"`.
 *
 * - strong: a tag in `If-Match` is compared with the version by the owner of the node, in the message
 *   that changes the node. A weak tag, and a tag of another form, match no version.
 */
import { ProblemError, plainProblem } from './problem.ts';

export function entityTag(version: number): string {
  return `"${version}"`;
}

/** Whether `If-None-Match` names the tag. */
export function isKnownTag(header: string | undefined, tag: string): boolean {
  return tagsIn(header).some((known) => known === '*' || known.replace(/^W\//, '') === tag);
}

/** The versions in `If-Match`; undefined without a condition. Throws 412 where no version is named. */
export function versionsIn(header: string | undefined): readonly number[] | undefined {
  const tags = tagsIn(header);
  if (tags.length === 0 || tags.includes('*')) return undefined;
  const versions = tags.flatMap((tag) => /^"([1-9]\d{0,9})"$/.exec(tag)?.[1] ?? []).map(Number);
  if (versions.length > 0) return versions;
  const detail = `no version of a node has the entity tag ${header}`;
  throw new ProblemError(plainProblem(412, detail));
}

function tagsIn(header: string | undefined): readonly string[] {
  const tags = (header ?? '').split(',').map((tag) => tag.trim());
  return tags.filter((tag) => tag !== '');
}
