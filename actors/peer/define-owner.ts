/**
 * A service of a user with rows that other services depend on: other services subscribe to the ids
 * of the rows, and a row is deleted or updated only after all subscribers have agreed.
 */
import { type TObject, type TSchema, Type } from 'typebox';
import { branchesOf, viewOf } from '../../config/schema-view.ts';
import type { MembersOf } from '../../runtime/member-checks.ts';
import type {
  IncomingMessage,
  MessageRoute,
  Target,
} from '../../runtime/messages/service-definition.ts';
import { Broken, Refused } from '../../runtime/ports/errors.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { consentView } from '../consent/reads/consent-view.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import { ownerSettings } from '../consent/settings.ts';
import { deletionPlanMachine } from '../deletion-plan/deletion-plan-machine.ts';
import type { ServiceModule } from '../modules/service-module.ts';
import {
  type ConsentMachines,
  consentMachines,
  ownerMachinesOf,
  voterOf,
} from './consent-machines.ts';
import { type DependsOn, dependencesOf, dependsOnMembers, pureRules } from './depends-on.ts';
import { ledgerServiceStore } from './ledger-service-store.ts';
import { UpdateMembers } from './messages.ts';
import {
  checkOptions,
  checkStores,
  nameOf,
  namesOf,
  type OwnFragments,
  ownMembers,
  serviceOf,
} from './own-fragments.ts';
import {
  checkOwned,
  type OwnedDependence,
  type OwnedRows,
  ownedDependants,
  ownedNodes,
  ownedView,
} from './owned-rows.ts';
import { ownerFragment } from './owner-fragment.ts';
import type { ServiceFragment } from './service-fragment.ts';
import { voterFragment } from './voter-fragment.ts';

/** Rows of an owner that depend on the nodes of one entity. */
export interface OwnerDependsOn<Row> extends DependsOn<Row> {
  /**
   * true: the rows are nodes of this owner and are removed with the node that they depend on, after
   * all services that depend on the rows have agreed. Then `deleting` is left out.
   */
  readonly along?: true;
}

/**
 * An owner: its own parts, the rows that others depend on, and its rows that depend on nodes of
 * other services.
 */
export interface OwnerOptions<Row, Rows, TMachine extends string, TSchemas, TRequests>
  extends OwnFragments<TMachine, TSchemas, TRequests> {
  readonly owns: OwnedRows<Row>;
  /** By entity. Default: no row depends on a node of another service. */
  readonly dependsOn?: { readonly [Entity in keyof Rows]: OwnerDependsOn<Rows[Entity]> };
}

const ownerMembers: MembersOf<OwnerOptions<unknown, unknown, string, unknown, unknown>> = {
  ...ownMembers,
  owns: true,
  dependsOn: false,
};
const ownerRuleMembers: MembersOf<OwnerDependsOn<unknown>> = { ...dependsOnMembers, along: false };

/** An owner as `defineOwner` gives the owner. */
export interface Owner<Row, Rows>
  extends ServiceModule,
    Pick<OwnerOptions<Row, Rows, string, unknown, unknown>, 'owns' | 'dependsOn'> {}

/** The service of an owner, for `openDeployment` and `unanimous up --module`. */
export function defineOwner<
  Row extends { readonly id: string; readonly version: number },
  Rows,
  TMachine extends string,
  TSchemas extends Readonly<Record<string, unknown>>,
  TRequests,
>(
  options: OwnerOptions<Row, Rows, TMachine, TSchemas, TRequests>,
  machines: ConsentMachines = consentMachines,
): Owner<Row, Rows> {
  checkOptions('an owner', options, ownerMembers, ownerRuleMembers, pureRules);
  const { config, owns, dependsOn } = options;
  checkOwned(nameOf('an owner', options), owns);
  const stores = [...new Set([owns.table, ...(options.stores ?? [])])];
  return {
    name: nameOf('an owner', options),
    ...(config === undefined ? {} : { config }),
    stores: [ledgerServiceStore, ...stores],
    owns,
    ...(dependsOn === undefined ? {} : { dependsOn }),
    define: (given, ports) => {
      const settings = ownerSettings(given, owns.class);
      const dependences = ownedDependences(options, dependencesOf(settings, options.dependsOn));
      checkStores(settings.service, dependences, stores);
      const nodes = ownedNodes(owns);
      const { service, upstreams, alwaysAsk } = settings;
      const consent = {
        service,
        upstreams,
        alwaysAsk,
        nodes,
        dependants: ownedDependants(),
        dependences,
      };
      const owner = ownerMachinesOf(machines, settings, nodes);
      const parts = [
        ownerFragment(settings, nodes, owner),
        voterFragment(settings, {
          voter: voterOf(machines, settings, nodes, dependences),
          deletionPlan: deletionPlanMachine(settings, nodes),
        }),
        updateFragment(owns.table.members, membersOnOthers(dependences, owns.table.name)),
      ];
      const views = [
        consentView(consent, namesOf(stores)),
        ownedView(owns, dependences, namesOf(stores)),
      ];
      return serviceOf(given, { ...options, stores }, ports, parts, views, {
        dependences,
        owned: owns.table.name,
        upstreams,
      });
    },
  };
}

/** Throws `Broken('config-invalid')` where rows of another table shall go along. */
export function ownedDependences<Rows>(
  {
    owns: { table },
    dependsOn,
  }: Pick<OwnerOptions<unknown, Rows, string, unknown, unknown>, 'owns' | 'dependsOn'>,
  dependences: readonly Omit<OwnedDependence, 'along'>[],
): readonly OwnedDependence[] {
  return dependences.map((dependence) => {
    const along = isAlong(dependsOn, dependence.entity);
    const { store } = dependence.read([]);
    if (along && store !== table.name)
      throw new Broken(
        'config-invalid',
        `dependsOn.${dependence.entity}: rows of '${store}' cannot go along; allowed are rows of '${table.name}'`,
      );
    return { ...dependence, along };
  });
}

function isAlong<Rows>(
  dependsOn: OwnerOptions<unknown, Rows, string, unknown, unknown>['dependsOn'],
  entity: string,
): boolean {
  const found = Object.entries<{ readonly along?: true }>(dependsOn ?? {}).find(
    ([name]) => name === entity,
  );
  return found?.[1].along === true;
}

/** The members of a row that hold the ids of other services' nodes, with the entities. */
function membersOnOthers(
  dependences: readonly OwnedDependence[],
  table: string,
): ReadonlyMap<string, string> {
  const own = dependences.filter(({ read }) => read([]).store === table);
  return new Map(own.map(({ by, entity }) => [by, entity]));
}

/**
 * `update {id, attributes}`: the attributes are members of the row with one value or a list. Of the
 * members `onOthers` an update only takes optional ones away.
 */
function updateFragment(members: TObject, onOthers: ReadonlyMap<string, string>): ServiceFragment {
  const required = new Set<string>(members.required);
  const plain = Object.entries(members.properties)
    .filter(([, member]) => isPlain(member))
    .map(([name, member]) => [name, required.has(name) ? member : orNull(member)]);
  const attributes = Type.Partial(Type.Object(Object.fromEntries(plain)), {
    additionalProperties: false,
  });
  const schema = Type.Object({ ...UpdateMembers, attributes }, { additionalProperties: false });
  const engagement = (message: IncomingMessage, { key: saga }: Target): Read => {
    const { id, retry_of: retryOf } = dataOf(schema, message);
    const retry = retryOf === undefined ? {} : { retryOf };
    return consentRead('engagement', { ids: [id], saga, ...retry, mode: 'U' });
  };
  const update: MessageRoute = {
    machine: 'delete-saga',
    schema,
    to: (message, newId) => {
      refuseOnOthers(onOthers, dataOf(schema, message).attributes);
      return byIdentity(message, newId);
    },
    starts: true,
    read: engagement,
  };
  return { machines: {}, messages: { update }, ignored: [] };
}

/** An update subscribes to nothing, so no update makes a row depend on another node. */
function refuseOnOthers(onOthers: ReadonlyMap<string, string>, attributes: object): void {
  for (const [name, value] of Object.entries(attributes)) {
    const entity = onOthers.get(name);
    if (entity === undefined || value === null) continue;
    const text = `'${name}' holds the id of a node of ${entity}, and an update subscribes to nothing; allowed: a request with 'on'`;
    throw new Refused('bad-message', text, { at: `/data/attributes/${name}` });
  }
}

/** An optional member is taken away by null. */
function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()]);
}

/** Whether all values are texts, numbers, booleans, null or lists of these. */
function isPlain(schema: TSchema): boolean {
  return branchesOf(schema).every((branch) => {
    const { type, items } = viewOf(branch);
    if (type === 'array') return items !== undefined && isPlain(items);
    return type !== 'object';
  });
}
