/**
 * Where a machine stands in its family, and the tokens of its timers and activities.
 *
 * Invariant: a token names the life of its actor, the path of its machine and a number that counts
 * up in that life. So no token ever comes again, and a token of an earlier life is stale.
 */

import { joined, partsOf } from '../ports/identity.ts';
import { keyBytesMax, nameProblem } from '../ports/name-problem.ts';

/** Child ids from the root machine of the actor down to one of its descendants; `[]` is the root. */
export type Path = readonly string[];

/** Stands in the place of a child's id, for the machine that started this machine. */
export const parentId = '..';

/** Most bytes (UTF-8) of all ids of a path together. A database must be able to index a token. */
const pathBytesMax = 1_000;

/** The id of a child to which its machine gives no id. */
export function namelessId(count: number): string {
  return `#${count}`;
}

/** The reason why no child below `path` may have the id. Undefined: the id is allowed. */
export function childIdProblem(path: Path, id: string): string | undefined {
  const problem = nameProblem(id, keyBytesMax);
  if (problem !== undefined) return problem;
  if (id === parentId) return `found '${id}', which stands for the parent`;
  if (/^#\d+$/.test(id)) return `found '${id}'; such ids are for children without one`;
  if (id in Object.prototype) return `found '${id}', which every JavaScript object has`;
  return Buffer.byteLength(joined([...path, id])) > pathBytesMax
    ? `found '${id}' below ${path.length} others; allowed are ${pathBytesMax} bytes for all ids together`
    : undefined;
}

export function tokenOf(life: string, path: Path, count: number): string {
  return `${joined([life, ...path])}#${count}`;
}

/** The machine that a timer or an activity belongs to. */
export function tokenPath(token: string): Path {
  return partsOf(token.slice(0, token.lastIndexOf('#'))).slice(1);
}
