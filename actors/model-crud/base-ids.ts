/**
 * Ids of the nodes every installation has: the same everywhere, so that two services that start at
 * once make the same node.
 */
import { v5 } from 'uuid';

const namespace = '7a1f6c9e-5b0d-4f0e-9c53-2f6f5f0f8a11';

export const rootNodeId = v5('cn=prs', namespace);

/** Id of an entity's base node below the root. */
export function baseNodeId(baseNode: string): string {
  return v5(`cn=${baseNode},cn=prs`, namespace);
}
