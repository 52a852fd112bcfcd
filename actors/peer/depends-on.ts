/**
 * The section `dependsOn` of a user's service, in the terms of the consent actors: one `Dependence`
 * for each entity.
 */

import { meantName } from '../../config/nearest-name.ts';
import type { MembersOf } from '../../runtime/member-checks.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Write } from '../../runtime/ports/store.ts';
import type { Dependence, DependenceRules, DependentRow, RowsBy } from '../consent/dependences.ts';
import type { Retained, Veto } from '../consent/retained.ts';
import type { ConsentSettings } from '../consent/settings.ts';

/** A node of another service, and the rows of this service that depend on the node. */
export interface Asked<Row> {
  /** The id of the node. */
  readonly node: string;
  /** The rows as they were read; empty where no row depends on the node. */
  readonly dependants: readonly Row[];
  /** true: the time until which this service kept these rows is over. */
  readonly retentionEnded?: true;
}

/**
 * The rows of a service that depend on the nodes of one entity. The functions are pure, and are
 * called once for each asked node.
 */
export interface DependsOn<Row> {
  /** The rows: `workOrders.by('objectId')` of a table, or a read of a store of one's own. */
  readonly rows: RowsBy<Row>;
  /**
   * The reason against the deletion of the node; undefined: this service agrees. A reason that ends
   * is `{ reason, until }`.
   */
  readonly mayDelete?: (asked: Asked<Row>) => Veto | undefined;
  /**
   * What this service keeps of the node although it agrees to the deletion. `deleting` is called
   * once more, with `retentionEnded`, at each `until`.
   */
  readonly retains?: (asked: Asked<Row>) => readonly Retained[];
  /** The reason against an update of the node; undefined: this service agrees. Default: agrees. */
  readonly mayUpdate?: (asked: Asked<Row>) => Veto | undefined;
  /**
   * The clean-up, when everybody has agreed to the deletion. The writes are part of the commit with
   * which this service reports its part as done. A write that is refused is tried again every 5 s.
   */
  readonly deleting?: (asked: Asked<Row>) => Write | readonly Write[];
  /** As `deleting`, when everybody has agreed to an update. */
  readonly updating?: (asked: Asked<Row>) => Write | readonly Write[];
}

export const dependsOnMembers: MembersOf<DependsOn<unknown>> = {
  rows: true,
  mayDelete: false,
  retains: false,
  mayUpdate: false,
  deleting: false,
  updating: false,
};

/** The rules that are pure also where the rows are outside. */
export const questionRules = ['mayDelete', 'retains', 'mayUpdate'] as const;
/** The rules that are pure where the rows are in stores of the service. */
export const pureRules = [...questionRules, 'deleting', 'updating'] as const;

/** By entity, the key in the section `subscribe` of the config. */
export type DependsOnEntities<Rows> = { readonly [Entity in keyof Rows]: DependsOn<Rows[Entity]> };

/** Throws `Broken('config-invalid')` for an entity that the config does not subscribe to. */
export function dependencesOf<Rows>(
  settings: ConsentSettings,
  dependsOn: DependsOnEntities<Rows> | undefined,
): readonly Dependence[] {
  return Object.entries<DependsOn<DependentRow>>((dependsOn ?? {}) as never).map(
    ([entity, rules]) => {
      checkSubscribed(settings, entity);
      return dependenceOf(entity, rules);
    },
  );
}

/** Throws `Broken('config-invalid')` for an entity that the config does not subscribe to. */
export function checkSubscribed({ service, upstreams }: ConsentSettings, entity: string): void {
  const subscribed = upstreams.map((upstream) => upstream.entity);
  if (subscribed.includes(entity)) return;
  throw new Broken(
    'config-invalid',
    `${service} depends on '${entity}'${meantName(entity, subscribed)}; the config's section 'subscribe' names ${subscribed.join(', ') || 'nothing'}`,
  );
}

function dependenceOf(
  entity: string,
  { rows: { read, by, leaving }, ...rules }: DependsOn<DependentRow>,
): Dependence {
  const onDelete = rulesOf(rules.mayDelete, rules.deleting, rules.retains);
  const onUpdate = rulesOf(rules.mayUpdate, rules.updating);
  return {
    entity,
    by,
    read,
    ...(leaving === undefined ? {} : { leaving }),
    rules: {
      ...(onDelete === undefined ? {} : { delete: onDelete }),
      ...(onUpdate === undefined ? {} : { update: onUpdate }),
    },
  };
}

function rulesOf(
  veto: DependsOn<DependentRow>['mayDelete'],
  clean: DependsOn<DependentRow>['deleting'],
  retains?: DependsOn<DependentRow>['retains'],
): DependenceRules | undefined {
  if (veto === undefined && clean === undefined && retains === undefined) return undefined;
  return {
    ...(retains === undefined ? {} : { retains }),
    ...(veto === undefined ? {} : { veto }),
    ...(clean === undefined ? {} : { clean }),
  };
}
