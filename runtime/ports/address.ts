import { identityOf } from './identity.ts';

/**
 * The address of an actor: one instance of a machine of a service. Its messages are handled one at
 * a time, in order.
 */
export type ActorAddress = {
  readonly service: string;
  readonly machine: string;
  readonly key: string;
};

/** One string for an address, for maps and messages. */
export function addressId({ service, machine, key }: ActorAddress): string {
  return identityOf(service, machine, key);
}
