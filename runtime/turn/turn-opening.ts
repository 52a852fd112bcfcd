/** Opens the turn of one actor: finds its machine, and makes its family of what was loaded. */
import type { Input } from '../messages/input.ts';
import type { ServiceDefinition, ServiceMachine } from '../messages/service-definition.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import { Broken } from '../ports/errors.ts';
import type { Loaded } from '../ports/journal.ts';
import { currentFamily } from '../step/stored-family.ts';
import type { Eventually } from './eventually.ts';
import type { CachedActor } from './family-cache.ts';
import type { Setback } from './input-steps.ts';
import { type OpenTurn, openTurn, type TurnPorts } from './turn.ts';

export interface TurnOpeningOptions {
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  /** The machine in the version in which its actors are stored now. Default: the newest version. */
  readonly machine?: (service: string, machine: string) => ServiceMachine | undefined;
}

export interface Opened {
  readonly address: ActorAddress;
  readonly inputs: readonly Input[];
  readonly loaded: Loaded;
  readonly cached: CachedActor | undefined;
  /** Questions that are no longer open. */
  readonly closedAsks: ReadonlySet<string>;
  readonly setback?: Setback | undefined;
}

export class TurnOpening {
  readonly #options: TurnOpeningOptions;
  readonly #ports: TurnPorts;

  constructor(options: TurnOpeningOptions, ports: TurnPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** The turn with these inputs. Throws when the actor cannot be read; rejects as `openTurn`. */
  open({ address, inputs, loaded, cached, closedAsks, setback }: Opened): Eventually<OpenTurn> {
    const { service, machine } = this.#definition(address);
    const { family, unread } = currentFamily(address, machine, loaded, cached?.family);
    return openTurn(
      { address, service, machine, family, unread, loaded, inputs, closedAsks, setback },
      this.#ports,
    );
  }

  #definition(address: ActorAddress): { service: ServiceDefinition; machine: ServiceMachine } {
    const { services, machine: chosen } = this.#options;
    const service = services.get(address.service);
    const machine =
      chosen === undefined
        ? service?.machines.get(address.machine)
        : chosen(address.service, address.machine);
    if (service === undefined || machine === undefined)
      throw new Broken('broken', `nothing here runs ${addressId(address)}`);
    return { service, machine };
  }
}
