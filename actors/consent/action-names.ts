/**
 * The names of actions on the wire: some older services know an action only with its entity as a
 * prefix (`objects.mayDelete`). Identities of messages are made from the plain names.
 */
import type { Destination } from '../../runtime/step/effects.ts';
import type { OwnerAddress } from './settings.ts';

/** `objects` and `mayDelete` give `objects.mayDelete`. */
export function prefixed(action: string, prefix: string | undefined): string {
  return prefix === undefined ? action : `${prefix}.${action}`;
}

/** The address of a message to an owner, and its action as the owner knows the action. */
export function toOwner(
  { actionPrefix, ...address }: OwnerAddress,
  action: string,
): Destination & Pick<OwnerAddress, 'of'> & { readonly action: string } {
  return { ...address, action: prefixed(action, actionPrefix) };
}
