/**
 * A user's code in the service of an entity: functions that are called when a node is created,
 * read, updated or deleted.
 *
 * - `creating`, `reading`, `updating` and `deleting` decide: they refuse, or change the attributes.
 * - `created`, `updated` and `deleted` add writes to the commit of the change, and start
 *   activities after the commit.
 * - pure: a hook is synchronous and may be called several times for one change. A result in another
 *   form is `Broken`, so the change does not happen.
 */
import type { AnyActorLogic, InputFrom } from 'xstate';
import type { MessageInfo } from '../../runtime/messages/message-events.ts';
import type { ErrorCode } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import type { HookedNode } from '../consent/nodes.ts';
import type { Veto } from '../consent/retained.ts';
import type { FoundNode, SearchQuery } from '../hierarchy/store.ts';

/** Activities by name, each made by `activity`. */
export type Activities = Readonly<Record<string, AnyActorLogic>>;

/** The codes with which a hook may refuse; `errorCodes` has the status of each. */
export const refusalCodes = [
  'bad-message',
  'not-permitted',
  'not-found',
  'refused',
  'in-use',
  'gone',
  'frozen',
] as const satisfies readonly ErrorCode[];
/** One of `refusalCodes`. */
export type RefusalCode = (typeof refusalCodes)[number];

/** A refusal. The caller gets the text as `message`. Default code: `refused`, status 409. */
export type HookRefusal = { readonly refused: string; readonly code?: RefusalCode };

/** The attributes that are written in place of the given ones. */
export type ChangedAttributes = { readonly attributes: GivenAttributes };

/** An activity that runs after the commit, at least once. */
export type StartOf<TActivities extends Activities> = {
  readonly [Name in keyof TActivities & string]: {
    readonly activity: Name;
    readonly input: InputFrom<TActivities[Name]>;
  };
}[keyof TActivities & string];

/** Writes of the commit of the change, and activities after the commit. */
export type Additions<TActivities extends Activities> = {
  /** Writes to the stores of the service. A write that is refused refuses the change. */
  readonly writes?: Write | readonly Write[];
  readonly start?: StartOf<TActivities> | readonly StartOf<TActivities>[];
};

/** A request to create a node. */
export type Creating = {
  /** null: below the base node of the entity. */
  readonly parentId: string | null;
  readonly attributes: GivenAttributes;
  /** The request without its data: the sender and the headers. */
  readonly message: MessageInfo;
};

/** A node in the commit that writes the node. */
export type Created = {
  readonly id: string;
  readonly parentId: string;
  readonly attributes: GivenAttributes;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
};

/** The nodes that a read has found. */
export type Reading = {
  readonly query: SearchQuery;
  readonly nodes: readonly FoundNode[];
  readonly message: MessageInfo;
};

/** A request to update a node. Only the given attributes change; null takes an attribute away. */
export type Updating = {
  readonly id: string;
  readonly attributes: GivenAttributes;
  /** The new parent of a node that is moved. */
  readonly parentId?: string;
  readonly message: MessageInfo;
};

/** An update in the commit that writes the update. Each changed attribute is a list. */
export type Updated = {
  readonly id: string;
  readonly attributes: { readonly [name: string]: readonly Json[] };
  readonly parentId?: string;
  readonly atMs: number;
};

/** A node that is to be deleted. */
export type Deleting = { readonly node: HookedNode };

/** A node in the commit that removes the node. */
export type Deleted = { readonly node: HookedNode; readonly atMs: number };

/** The functions of one entity. Each is optional. */
export interface EntityHooks<TActivities extends Activities = Activities> {
  /** Called for each `create`, before anything is read. */
  creating?(request: Creating): HookRefusal | ChangedAttributes | undefined;
  created?(node: Created): Additions<TActivities> | undefined;
  /** Called for each `read`. `nodes` are answered in place of the found ones. */
  reading?(found: Reading): HookRefusal | { readonly nodes: readonly FoundNode[] } | undefined;
  /** Called for each `update`, before anybody is asked. */
  updating?(request: Updating): HookRefusal | ChangedAttributes | undefined;
  updated?(change: Updated): Additions<TActivities> | undefined;
  /**
   * Called for each node of a deletion before anybody is asked, and for each node that would go
   * along when the service is asked about another service's node. Gives the reason against the
   * deletion.
   */
  deleting?(request: Deleting): Veto | undefined;
  deleted?(removed: Deleted): Additions<TActivities> | undefined;
}
