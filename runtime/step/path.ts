/**
 * Where a machine stands in its family, and the tokens of its timers and activities.
 *
 * A token names its machine by the path; its number is never used again in the life of the actor.
 */

/** Child ids from the root machine of the actor down to one of its descendants; `[]` is the root. */
export type Path = readonly string[];

/** In place of a child's id: whoever started the machine. */
export const parentId = '..';

export function tokenOf(path: Path, count: number): string {
  return path.length === 0 ? `#${count}` : `${path.map(encodeURIComponent).join('/')}#${count}`;
}

/** The machine that a timer or an activity belongs to. */
export function tokenPath(token: string): Path {
  const path = token.slice(0, token.lastIndexOf('#'));
  return path === '' ? [] : path.split('/').map(decodeURIComponent);
}
