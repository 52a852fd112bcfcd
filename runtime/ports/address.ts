/**
 * The address of an actor: one instance of a machine of a service. Its messages are handled one at
 * a time, in order.
 */
export type ActorAddress = {
  readonly service: string;
  readonly machine: string;
  readonly key: string;
};

/**
 * One string for an address, for maps and messages. Keys may hold any character; names of services
 * and machines hold no `/`.
 */
export function addressId(address: ActorAddress): string {
  return `${address.service}/${address.machine}/${address.key}`;
}
