/** Values and predicates that several contracts of the hierarchy use. */
import { Refused } from '../../runtime/ports/errors.ts';

/** Ids of what the tree does not know. */
export const gone = ['contract 7/2', 'contract 7/3'] as const;

export const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.code === code;

export const namesOf = (nodes: readonly { cn: string }[]) => nodes.map(({ cn }) => cn);
