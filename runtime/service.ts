/** Makes a service out of its parts: one exchange config, and the machines and stores behind its messages. */
import type { AnyStateMachine } from 'xstate';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import type {
  MessageRoute,
  ServiceDefinition,
  ServiceMachine,
} from './messages/service-definition.ts';
import { Broken } from './ports/errors.ts';
import type { Json } from './ports/json.ts';
import type { Store } from './ports/store.ts';
import { defineMachine } from './step/machine-definition.ts';
import { checkVersions, type Migration } from './step/machine-versions.ts';

/** A machine of a service, and what is known of its earlier versions. */
export interface MachineOptions {
  readonly machine: AnyStateMachine;
  /** Stored with every snapshot; raise it when an old one would not fit. A whole number from 1, the default. */
  readonly version?: number;
  /** `{1: (stored) => stored}`: from version 1 to 2, and so on up to `version` or to one that is kept. */
  readonly migrations?: Readonly<Record<number, Migration>>;
  /** `{1: machine}`: actors of version 1 go on with this machine, new ones start with the current one. It has the same id. */
  readonly versions?: Readonly<Record<number, AnyStateMachine>>;
  /** No journal: for reads and lookups. Its state lives in this process; a delivery is acknowledged when what it sent is out. */
  readonly ephemeral?: boolean;
}

/** What makes a service: a config, machines, and a route for every action it takes. */
export interface ServiceOptions {
  readonly config: ExchangeConfig;
  readonly machines: Readonly<Record<string, MachineOptions | AnyStateMachine>>;
  /** By action. */
  readonly messages: Readonly<Record<string, MessageRoute>>;
  /** Actions that are taken and dropped (facts nobody here needs). */
  readonly ignored?: readonly string[];
  /** Reads a body that is not `{"action", "data"}`; undefined: not one of those either. */
  readonly interpret?: (
    body: Json,
    queue: string,
  ) => { readonly action: string; readonly data: Json } | undefined;
  /** Stores the routes and machines read and write, by name. */
  readonly stores?: readonly Pick<Store<never>, 'name' | 'read'>[];
  /** Activities of one kind that may run at once in this process. Default 16. */
  readonly activitiesMax?: number;
  /** Messages the service gives itself at every start, before it consumes (make what must exist). */
  readonly atStart?: readonly { readonly action: string; readonly data: Json }[];
}

function machineOptions(options: MachineOptions | AnyStateMachine): MachineOptions {
  return 'machine' in options && 'root' in (options.machine as object)
    ? (options as MachineOptions)
    : { machine: options as AnyStateMachine };
}

function defineServiceMachine(
  name: string,
  given: MachineOptions | AnyStateMachine,
): ServiceMachine {
  const {
    machine,
    version = 1,
    ephemeral = false,
    migrations = {},
    versions = {},
  } = machineOptions(given);
  if (machine.id !== name)
    throw new Broken(
      'machine-invalid',
      `the machine '${machine.id}' stands under the name '${name}': they must be the same`,
    );
  const defined: ServiceMachine = {
    ...defineMachine(machine, version),
    ephemeral,
    kept: new Map(
      Object.entries(versions).map(([from, kept]) => [
        Number(from),
        defineMachine(kept, Number(from)),
      ]),
    ),
    migrations: new Map(
      Object.entries(migrations).map(([from, migrate]) => [Number(from), migrate]),
    ),
  };
  checkVersions(defined);
  return defined;
}

/** Checks a service and freezes it. Throws `Broken('machine-invalid')` with the name of what does not fit. */
export function defineService(options: ServiceOptions): ServiceDefinition {
  const machines = new Map(
    Object.entries(options.machines).map(([name, given]) => [
      name,
      defineServiceMachine(name, given),
    ]),
  );
  for (const [action, route] of Object.entries(options.messages)) {
    if (!machines.has(route.machine)) {
      const known = [...machines.keys()].join(', ');
      throw new Broken(
        'machine-invalid',
        `${options.config.svcName}: '${action}' goes to the machine '${route.machine}'; there are ${known}`,
      );
    }
  }
  return {
    ...options,
    name: options.config.svcName,
    machines,
    ignored: new Set(options.ignored ?? []),
    stores: new Map((options.stores ?? []).map((store) => [store.name, store])),
    activitiesMax: options.activitiesMax ?? 16,
  };
}
