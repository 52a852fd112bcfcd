import { Given } from './given.ts';
import { identityOf } from './identity.ts';

/**
 * The address of an actor: one instance of a machine of a service. An actor handles its messages
 * one at a time, in order.
 */
export type ActorAddress = {
  readonly service: string;
  readonly machine: string;
  readonly key: string;
};

/** An address with its identity, which every turn asks for several times. */
class Named extends Given {
  readonly #id: string;

  constructor(address: ActorAddress, id: string) {
    super(address);
    this.#id = id;
  }

  static idOf(address: object): string | undefined {
    return #id in address ? address.#id : undefined;
  }
}

/** One string for an address, for maps and messages. An address does not change. */
export function addressId(address: ActorAddress): string {
  return Named.idOf(address) ?? named(address);
}

function named(address: ActorAddress): string {
  const id = identityOf(address.service, address.machine, address.key);
  if (Object.isExtensible(address)) new Named(address, id);
  return id;
}
