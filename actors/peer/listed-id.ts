/**
 * The ids of the nodes in the tree that mirror the subscriptions of one message or one adoption.
 */
import { v5 } from 'uuid';
import { identityOf } from '../../runtime/ports/identity.ts';

const namespace = '0d4fbd4c-5f5c-4a3e-9d0b-6d5f2f0a7a11';

/** `cause`: an id that no other step has. */
export function listedId(cause: string, nodeId: string): string {
  return v5(identityOf(cause, nodeId), namespace);
}
