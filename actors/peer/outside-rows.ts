/**
 * The rows that a participant keeps outside of the journal's database: how activities read the
 * rows, what the rows forbid, and how activities clean up.
 *
 * - At least once: a read and a clean-up are tried again after an error, and after a crash of the
 *   process. Each clean-up of a node has one idempotency key on every try.
 * - A question about several nodes gets one answer: the first reason found.
 */
import { Broken } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import { type Retained, type Veto, vetoMembers } from '../consent/retained.ts';
import { retainedBy } from '../consent/retained-result.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbOf, verbs } from '../consent/verbs.ts';
import { vetoOf } from '../consent/veto-result.ts';
import type { OutsideSystem } from '../outside-voter/activities.ts';
import type { OutsideAnswer, OutsideRequest } from '../outside-voter/messages.ts';
import { type Asked, checkSubscribed } from './depends-on.ts';

/** Of one try. */
export interface OutsideRead {
  /** Aborts at the time limit of the try, and when the runtime stops. */
  readonly signal: AbortSignal;
}

/** Given to each try to clean up after a node. */
export interface OutsideClean extends OutsideRead {
  /** The same on every try, and of this node and this decision alone. */
  readonly idempotencyKey: string;
}

/** The activity that reads rows. An error or a time-out is tried again, and is no vote. */
export type ReadOutside<Row> = (
  ids: readonly string[],
  given: OutsideRead,
) => Promise<readonly Row[]>;

/** Rows outside that each hold the id of the node that the row depends on. */
export interface RowsOutside<Row> {
  /** The rows that depend on these nodes. */
  readonly read: ReadOutside<Row>;
  /** The member of a row that holds the id of the node. */
  readonly by: string;
}

/**
 * The same rows, checked by the compiler: `by` is a text member of what `read` gives. Make a
 * constant of the result, as of a table, so that the functions of `dependsOn` get the type of a
 * row.
 */
export function rowsOutside<
  By extends string,
  Row extends { readonly [Member in By]: string },
>(rows: { readonly by: By; readonly read: ReadOutside<Row> }): RowsOutside<Row> {
  return rows;
}

/**
 * The rows that depend on the nodes of one entity. `deleting` and `updating` are activities, as the
 * read of the rows is; the other functions are pure, and are called once for each asked node.
 */
export interface DependsOnOutside<Row> {
  /** The rows: `rowsOutside({ by, read })`. */
  readonly rows: RowsOutside<Row>;
  /** The reason against the deletion of the node; undefined: this service agrees. */
  readonly mayDelete?: (asked: Asked<Row>) => Veto | undefined;
  /** The reason against an update of the node; undefined: this service agrees. Default: agrees. */
  readonly mayUpdate?: (asked: Asked<Row>) => Veto | undefined;
  /**
   * What this service keeps of the node although it agrees. `deleting` is called once more, with
   * `retentionEnded` and another idempotency key, at each `until`.
   */
  readonly retains?: (asked: Asked<Row>) => readonly Retained[];
  /**
   * The clean-up after one node, when everybody has agreed to the deletion; the rows are read again
   * before. Afterwards this service reports its part as done. An error is tried again: after
   * 1, 2, 4 … s, at most a minute apart.
   */
  readonly deleting?: (asked: Asked<Row>, given: OutsideClean) => Promise<void>;
  /** As `deleting`, when everybody has agreed to an update. */
  readonly updating?: (asked: Asked<Row>, given: OutsideClean) => Promise<void>;
}

/** By entity, the key in the section `subscribe` of the config. */
export type DependsOnOutsideEntities<Rows> = {
  readonly [Entity in keyof Rows]: DependsOnOutside<Rows[Entity]>;
};

type Rules = DependsOnOutside<Record<string, unknown>>;
type AskedRow = Asked<Record<string, unknown>>;

/** The longest time of one try, in milliseconds. */
const tryMs = 5_000;

/** Throws `Broken('config-invalid')` for an entity that the config does not subscribe to. */
export function outsideRows<Rows>(
  settings: ConsentSettings,
  dependsOn: DependsOnOutsideEntities<Rows>,
): OutsideSystem {
  const byEntity = new Map(Object.entries<Rules>(dependsOn as never));
  for (const entity of byEntity.keys()) checkSubscribed(settings, entity);
  return {
    timeoutMs: tryMs,
    abortMs: tryMs,
    ask: async (request, { signal }) => {
      const rules = byEntity.get(request.entity);
      return rules === undefined ? { allowed: true } : answer(rules, request, signal);
    },
    tell: async (request, { signal }) => {
      const rules = byEntity.get(request.entity);
      if (rules !== undefined) await cleanUp(rules, request, signal);
    },
  };
}

async function answer(
  rules: Rules,
  request: OutsideRequest,
  signal: AbortSignal,
): Promise<OutsideAnswer> {
  const { name, may } = verbOf(request.action);
  const isDeletion = name === 'delete';
  const veto = isDeletion ? rules.mayDelete : rules.mayUpdate;
  const retains = isDeletion ? rules.retains : undefined;
  if (veto === undefined && retains === undefined) return { allowed: true };
  const asked = await askedRows(rules, request, signal);
  for (const one of asked) {
    const reason = vetoOf(`'${may}' of dependsOn.${request.entity}`, () => veto?.(one));
    if (reason !== undefined) return { allowed: false, nodeId: one.node, ...vetoMembers(reason) };
  }
  const kept = asked.flatMap((one) =>
    retains === undefined
      ? []
      : retainedBy(`'retains' of dependsOn.${request.entity}`, () => retains(one)),
  );
  return { allowed: true, ...(kept.length === 0 ? {} : { retains: kept }) };
}

async function cleanUp(rules: Rules, request: OutsideRequest, signal: AbortSignal): Promise<void> {
  const clean = cleanUpOf(rules, request);
  if (clean === undefined) return;
  const end = request.retentionEnded === true ? { retentionEnded: true as const } : {};
  for (const asked of await askedRows(rules, request, signal))
    await clean(
      { ...asked, ...end },
      { signal, idempotencyKey: identityOf(request.id, asked.node) },
    );
}

/** A call off leaves the rows as they are. */
function cleanUpOf({ deleting, updating }: Rules, { action }: OutsideRequest) {
  if (action === verbs.delete.doing) return deleting;
  return action === verbs.update.doing ? updating : undefined;
}

/** Throws `Broken('broken')` for a row of no asked node. */
async function askedRows(
  { rows: { read, by } }: Rules,
  { entity, ids }: OutsideRequest,
  signal: AbortSignal,
): Promise<readonly AskedRow[]> {
  const byNode = new Map<string, Record<string, unknown>[]>(ids.map((id) => [id, []]));
  for (const row of await read(ids, { signal })) {
    const found = byNode.get(String(row[by]));
    if (found === undefined)
      throw new Broken(
        'broken',
        `the read for ${entity} gave a row whose '${by}' is no asked node`,
      );
    found.push(row);
  }
  return [...byNode].map(([node, dependants]) => ({ node, dependants }));
}
