/**
 * The ids of the nodes that repeat the subscriptions of a message or an adoption.
 */
import { v5 } from 'uuid';
import { identityOf } from '../../runtime/ports/identity.ts';

const namespace = '0d4fbd4c-5f5c-4a3e-9d0b-6d5f2f0a7a11';

/** `cause`: an id for a single step. */
export function listedId(cause: string, nodeId: string): string {
  return v5(identityOf(cause, nodeId), namespace);
}
