/**
 * Makes a service out of an exchange config and the machines and stores behind its messages.
 * `defineService` refuses a member that does not fit, before the service runs.
 */
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { checkEach, checkMembers, checkSync, type MembersOf } from './member-checks.ts';
import type {
  MessageRoute,
  MessageRoutes,
  ServiceDefinition,
  ServiceMachine,
} from './messages/service-definition.ts';
import type { Draft } from './ports/draft.ts';
import { Broken } from './ports/errors.ts';
import type { Json } from './ports/json.ts';
import { nameBytesMax, nameProblem } from './ports/name-problem.ts';
import type { Store, StoreView } from './ports/store.ts';
import { type AnyMachine, defineMachine } from './step/machine-definition.ts';
import { checkVersions, type Migration } from './step/machine-versions.ts';

/** A machine of a service, and its earlier versions. */
export interface MachineOptions {
  readonly machine: AnyMachine;
  /**
   * Stored with every snapshot. Raise the version when a stored snapshot would no longer fit the
   * machine. A whole number from 1; default 1.
   */
  readonly version?: number;
  /**
   * `{1: (stored) => stored}` leads from version 1 to 2. Every step up to `version`, or up to a
   * version in `versions`, needs a migration.
   */
  readonly migrations?: Readonly<Record<number, Migration>>;
  /**
   * `{1: machine}`: actors of version 1 go on with this machine, new actors start with the current
   * machine. Both have the same id.
   */
  readonly versions?: Readonly<Record<number, AnyMachine>>;
  /**
   * The machine of an earlier version, in which this process runs all actors until an operator
   * releases `version` with `unanimous machines release`. Until then the code of the old version
   * may come back, because the old code can read all stored rows.
   */
  readonly writes?: { readonly version: number; readonly machine: AnyMachine };
  /**
   * Without a journal, for reads and look-ups: the state lives in this process. A delivery is
   * acknowledged when all messages of its actor are published.
   */
  readonly ephemeral?: boolean;
  /**
   * `true`: the machine takes its messages flat, as `event.x` in place of `event.data.x`. A route may
   * say otherwise.
   */
  readonly flat?: boolean;
}

/**
 * The parts of a service: a config, machines, and a route for every action it takes. `TMachine`:
 * the names of the machines. `TSchemas`: the schema of each action.
 */
export interface ServiceOptions<
  TMachine extends string = string,
  TSchemas = Readonly<Record<string, unknown>>,
> {
  readonly config: ExchangeConfig;
  readonly machines: Readonly<Record<TMachine, MachineOptions | AnyMachine>>;
  /** By action. */
  readonly messages: MessageRoutes<TSchemas, NoInfer<TMachine>>;
  /** Actions that the service takes and drops: facts that it does not need. */
  readonly ignored?: readonly string[];
  /**
   * Reads a body of the service's own form. Undefined: the body is read as `{"action", "data"}`.
   */
  readonly interpret?: (
    body: Json,
    queue: string,
  ) => { readonly action: string; readonly data: Json } | undefined;
  /** Stores that the routes and machines read and write. */
  readonly stores?: readonly Pick<Store<never>, 'name' | 'read'>[];
  /** Compositions of these stores for reads. */
  readonly views?: readonly StoreView[];
  /** Activities of one kind that may run at once in this process. Default 16. */
  readonly activitiesMax?: number;
  /** Messages that the service gives itself at every start, before it consumes. */
  readonly atStart?: readonly { readonly action: string; readonly data: Json }[];
}

const optionMembers: MembersOf<ServiceOptions> = {
  config: true,
  machines: true,
  messages: true,
  ignored: false,
  interpret: false,
  stores: false,
  views: false,
  activitiesMax: false,
  atStart: false,
};
const routeMembers: MembersOf<MessageRoute> = {
  machine: true,
  schema: false,
  to: true,
  starts: true,
  flat: false,
  ignoreIfAbsent: false,
  internal: false,
  sender: false,
  speaksFor: false,
  read: false,
  passedTo: false,
  refusal: false,
};
const activityInstead = 'an activity of the machine awaits';
const machineMembers: MembersOf<MachineOptions> = {
  machine: true,
  version: false,
  migrations: false,
  versions: false,
  writes: false,
  ephemeral: false,
  flat: false,
};

/** The options without the types of their messages. */
type UntypedOptions = Omit<ServiceOptions, 'messages'> & Pick<ServiceDefinition, 'messages'>;

/**
 * Checks the parts of a service and makes the service. Throws `Broken('machine-invalid')` with the
 * problem, `Broken('config-invalid')` for unknown and missing members.
 */
export function defineService<
  TMachine extends string,
  TSchemas extends Readonly<Record<string, unknown>>,
>(options: ServiceOptions<TMachine, TSchemas>): ServiceDefinition<TSchemas>;
export function defineService(options: UntypedOptions): ServiceDefinition {
  const { config, messages, ignored = [], stores = [], views = [], activitiesMax = 16 } = options;
  checkName('service', config.svcName);
  checkMembers(config.svcName, options, optionMembers);
  checkEach(`${config.svcName}: messages`, messages, () => routeMembers);
  checkSync(config.svcName, options, ['interpret'], activityInstead);
  for (const [action, route] of Object.entries(messages))
    checkSync(
      `${config.svcName}: messages.${action}`,
      route,
      Object.keys(routeMembers),
      activityInstead,
    );
  const machines = new Map(
    Object.entries(options.machines).map(([name, given]) => [
      name,
      serviceMachine(
        name,
        isMachine(given) ? { machine: given } : machineOptions(config, name, given),
      ),
    ]),
  );
  for (const [action, { machine }] of Object.entries(messages))
    if (!machines.has(machine)) {
      const known = [...machines.keys()].join(', ');
      throw new Broken(
        'machine-invalid',
        `${config.svcName}: '${action}' goes to the machine '${machine}'; there are ${known}`,
      );
    }
  return {
    ...options,
    name: config.svcName,
    machines,
    schemas: Object.fromEntries(
      Object.entries(messages).map(([action, { schema }]) => [action, schema]),
    ),
    ignored: new Set(ignored),
    stores: new Map(stores.map((store) => [store.name, store])),
    views: new Map(views.map((view) => [view.name, view])),
    activitiesMax,
  };
}

function checkName(what: string, name: string): void {
  const problem = nameProblem(name, nameBytesMax);
  if (problem !== undefined)
    throw new Broken('machine-invalid', `the name of a ${what} names nothing: ${problem}`);
}

function machineOptions(
  { svcName }: ExchangeConfig,
  name: string,
  given: MachineOptions,
): MachineOptions {
  checkMembers(`${svcName}: machines.${name}`, given, machineMembers);
  return given;
}

function isMachine(given: MachineOptions | AnyMachine): given is AnyMachine {
  return 'root' in given;
}

function serviceMachine(name: string, options: MachineOptions): ServiceMachine {
  const { machine, version = 1, migrations = {}, versions = {} } = options;
  const { ephemeral = false, flat = false, writes } = options;
  checkName('machine', name);
  if (name.includes('/'))
    throw new Broken(
      'machine-invalid',
      `the machine '${name}' has a '/' in its name: an actor is known as 'machine/key'`,
    );
  if ((machine.config.id ?? name) !== name)
    throw new Broken(
      'machine-invalid',
      `the machine '${machine.id}' stands under the name '${name}': they must be the same`,
    );
  const kept = byVersion(versions, (old, oldVersion) => defineMachine(old, oldVersion, name));
  const steps = byVersion(migrations, (migration) => migration);
  const defined: Draft<ServiceMachine> = {
    ...defineMachine(machine, version, name),
    ephemeral,
    flat,
    kept,
    migrations: steps,
  };
  if (writes !== undefined) {
    defined.before = {
      ...defineMachine(writes.machine, writes.version, name),
      ephemeral,
      flat,
      kept: below(kept, writes.version),
      migrations: below(steps, writes.version),
    };
    checkVersions(defined.before);
  }
  checkVersions(defined);
  return defined;
}

function below<Each>(all: ReadonlyMap<number, Each>, version: number): ReadonlyMap<number, Each> {
  return new Map([...all].filter(([from]) => from < version));
}

function byVersion<Given, Made>(
  given: Readonly<Record<number, Given>>,
  make: (given: Given, version: number) => Made,
): ReadonlyMap<number, Made> {
  return new Map(
    Object.entries(given).map(([version, each]) => [Number(version), make(each, Number(version))]),
  );
}
