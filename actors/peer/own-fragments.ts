/**
 * The parts of a service that a user gives, put together with the fragments of the protocol.
 *
 * - No action and no machine of the protocol is a user's. A name that is given twice is refused.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { checkEach, checkMembers, checkSync, type MembersOf } from '../../runtime/member-checks.ts';
import type {
  MessageRoutes,
  ServiceDefinition,
} from '../../runtime/messages/service-definition.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { StoreView } from '../../runtime/ports/store.ts';
import { defineService, type ServiceOptions } from '../../runtime/service.ts';
import type { Dependence } from '../consent/dependences.ts';
import { ledgerStoreName } from '../consent/ledger/store.ts';
import type { ServicePorts, ServiceStore } from '../modules/service-module.ts';
import {
  type RowRequests,
  type RowRules,
  requestMembers,
  requestsFragment,
} from './row-requests.ts';
import type { ServiceFragment } from './service-fragment.ts';

/** The parts of a service that a user gives, beside the parts of the protocol. */
export interface OwnFragments<TMachine extends string, TSchemas, TRequests>
  extends Pick<
    ServiceOptions<TMachine, TSchemas>,
    'ignored' | 'interpret' | 'views' | 'activitiesMax' | 'atStart'
  > {
  /** The `svc_name`. Default: that of `config`. */
  readonly name?: string;
  /** Absent: the deployment is given the config with the `svc_name` `name`. */
  readonly config?: ExchangeConfig;
  /** Tables of the service. Their writes are part of the commits of the service's machines. */
  readonly stores?: readonly ServiceStore[];
  /** Requests that write or read rows, by action. These need no machine of one's own. */
  readonly requests?: RowRequests<TRequests>;
  readonly machines?: ServiceOptions<TMachine, TSchemas>['machines'];
  /** By action. The actions of the protocol and of `requests` are routed already. */
  readonly messages?: MessageRoutes<TSchemas, TMachine>;
}

type AnyFragments = OwnFragments<string, unknown, unknown>;

/** The members that every kind of service takes. */
export const ownMembers: MembersOf<AnyFragments> = {
  name: false,
  config: false,
  stores: false,
  requests: false,
  machines: false,
  messages: false,
  ignored: false,
  interpret: false,
  views: false,
  activitiesMax: false,
  atStart: false,
};

const requestFunctions = ['on', 'writes', 'lifts', 'read'];
const ruleInstead =
  "data that must be awaited are read by the activity 'read' of defineOutsideParticipant";
const requestInstead = "an activity of a machine under 'machines' awaits";

/**
 * Throws `Broken('config-invalid')` for unknown and missing members of a service, its requests and
 * its dependences, and for asynchronous functions among the members. `members`: of the service.
 * `rules`: of each dependence. `pure`: the rules that nothing awaits.
 */
export function checkOptions(
  what: string,
  options: Pick<AnyFragments, 'config' | 'name'> & {
    readonly requests?: object;
    readonly dependsOn?: object;
  },
  members: Readonly<Record<string, boolean>>,
  rules: Readonly<Record<string, boolean>>,
  pure: readonly string[],
): void {
  const { config, name = config?.svcName ?? what, requests = {}, dependsOn = {} } = options;
  checkMembers(name, options, members);
  checkEach(`${name}: requests`, { ...requests }, requestMembers);
  checkEach(`${name}: dependsOn`, { ...dependsOn }, () => rules);
  for (const [action, request] of Object.entries<object>({ ...requests }))
    checkSync(`${name}: requests.${action}`, request, requestFunctions, requestInstead);
  for (const [entity, given] of Object.entries<object>({ ...dependsOn }))
    checkSync(`${name}: dependsOn.${entity}`, given, pure, ruleInstead);
}

/** The `svc_name`. `what`: for the error where neither a config nor a name is given. */
export function nameOf(
  what: string,
  {
    config,
    name = config?.svcName,
  }: Pick<OwnFragments<string, unknown, unknown>, 'config' | 'name'>,
): string {
  if (name !== undefined) return name;
  throw new Broken(
    'config-invalid',
    `${what} needs a config, or the svc_name of its config as name`,
  );
}

export function namesOf(stores: readonly ServiceStore[]): readonly string[] {
  return stores.map(({ sql }) => sql.name);
}

/** Throws `Broken('config-invalid')` for rows of a table that is not among the stores. */
export function checkStores(
  service: string,
  dependences: readonly Dependence[],
  stores: readonly ServiceStore[],
): void {
  const names = namesOf(stores);
  for (const { entity, read } of dependences) {
    const { store } = read([]);
    if (!names.includes(store))
      throw new Broken(
        'config-invalid',
        `${service}: the rows of dependsOn.${entity} are in '${store}', which is not among the stores ${names.join(', ') || '(none)'}`,
      );
  }
}

/**
 * The service with its own parts and these parts of the protocol. `consentViews`: of the consent
 * actors. `rules`: for the rows that requests write.
 */
export function serviceOf<TMachine extends string, TSchemas, TRequests>(
  config: ExchangeConfig,
  own: OwnFragments<TMachine, TSchemas, TRequests>,
  { store }: ServicePorts,
  protocol: readonly ServiceFragment[],
  consentViews: readonly StoreView[],
  rules: RowRules,
): ServiceDefinition {
  const { machines = {}, messages = {}, requests = {}, stores = [] } = own;
  const parts = [requestsFragment(requests, rules), ...protocol];
  const ofParts = <Key extends 'machines' | 'messages'>(key: Key) =>
    Object.assign({}, ...parts.map((part) => part[key])) as ServiceFragment[Key];
  const given = { machines: ofParts('machines'), messages: ofParts('messages') };
  refuseTaken(config.svcName, 'machine', Object.keys(machines), given.machines);
  refuseTaken(config.svcName, 'action', Object.keys(messages), given.messages);
  const { ignored = [], views = [], interpret, activitiesMax, atStart } = own;
  return defineService({
    config,
    stores: [ledgerStoreName, ...namesOf(stores)].map(store),
    views: [...views, ...consentViews],
    machines: { ...machines, ...given.machines },
    messages: { ...messages, ...given.messages },
    ignored: [...ignored, ...parts.flatMap((part) => part.ignored)],
    ...(interpret === undefined ? {} : { interpret }),
    ...(activitiesMax === undefined ? {} : { activitiesMax }),
    ...(atStart === undefined ? {} : { atStart }),
  });
}

function refuseTaken(
  service: string,
  what: string,
  names: readonly string[],
  taken: Readonly<Record<string, unknown>>,
): void {
  const twice = names.filter((name) => Object.hasOwn(taken, name));
  if (twice.length > 0)
    throw new Broken(
      'machine-invalid',
      `${service}: the ${what} '${twice.join("', '")}' stands twice; taken are ${Object.keys(taken).join(', ')}`,
    );
}
