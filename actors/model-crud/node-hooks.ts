/**
 * The hooks of an entity as the machines use them: with checked results, and with activities as
 * messages of the service to itself.
 */
import { identityBelow } from '../../runtime/ports/identity.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { shownLists } from '../consent/given-attributes.ts';
import type { Added, NodeHooks } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { vetoOf } from '../consent/veto-result.ts';
import { hierarchyRead } from '../hierarchy/store.ts';
import type { Activities, Created, EntityHooks } from './entity-hooks.ts';
import { additionsBy, type Start } from './hook-results.ts';
import { nodeFiles } from './node-files.ts';

/** The hooks of an entity, and the activities that they may start. */
export interface HookedEntity {
  readonly hooks: EntityHooks;
  readonly activities: Activities;
}

const nothing: Added = { writes: [], messages: [] };

type AddingHook = 'created' | 'updated' | 'deleted';

/** The call of a hook for one node. */
interface HookCall {
  readonly id: string;
  readonly call: () => unknown;
}

/**
 * One message for each activity. `cause` and the node name the change, so that a repeated step
 * starts the activity only once. One deletion may remove nodes of the service in several commits.
 */
function startMessages(
  { own }: ConsentSettings,
  hook: AddingHook,
  cause: string,
  nodeId: string,
  starts: readonly Start[],
): readonly Publish[] {
  return starts.map(({ activity, input }, index) => ({
    ...own,
    action: 'startActivity',
    data: { activity, input },
    messageId: identityBelow(cause, hook, nodeId, String(index)),
    mandatory: true,
  }));
}

function added(
  settings: ConsentSettings,
  { activities }: HookedEntity,
  hook: AddingHook,
  cause: string,
  calls: readonly HookCall[],
): Added {
  const parts = calls.map(({ id, call }) => ({
    id,
    additions: additionsBy(hook, call, Object.keys(activities)),
  }));
  return {
    writes: parts.flatMap(({ additions }) => additions.writes),
    messages: parts.flatMap(({ id, additions }) =>
      startMessages(settings, hook, cause, id, additions.start),
    ),
  };
}

/** What the hook `created` adds to the commit that writes the node. */
export function createdAdditions(
  settings: ConsentSettings,
  entity: HookedEntity,
  node: Created,
): Added {
  const { created } = entity.hooks;
  if (created === undefined) return nothing;
  const { id } = node;
  return added(settings, entity, 'created', id, [{ id, call: () => created(node) }]);
}

/** The hooks that act with updates and deletions. */
export function nodeHooksOf(settings: ConsentSettings, entity: HookedEntity): NodeHooks {
  const { hooks } = entity;
  return {
    read: (ids) => hierarchyRead('search', { id: ids, attributes: ['*'], getParent: true }),
    ...(hooks.deleting === undefined
      ? {}
      : { deleting: (node) => vetoOf("the hook 'deleting'", () => hooks.deleting?.({ node })) }),
    ...(hooks.updated === undefined
      ? {}
      : {
          updated: ({ id, attributes, parentId }, saga, atMs) => {
            const change = { id, attributes: shownLists(attributes), atMs };
            const moved = parentId === undefined ? {} : { parentId };
            const call = () => hooks.updated?.({ ...change, ...moved });
            return added(settings, entity, 'updated', saga, [{ id, call }]);
          },
        }),
    ...removalHooks(settings, entity),
  };
}

function removalHooks(
  settings: ConsentSettings,
  entity: HookedEntity,
): Pick<NodeHooks, 'sharing' | 'files' | 'deleted'> {
  const { hooks } = entity;
  const files = nodeFiles(settings);
  if (hooks.deleted === undefined && files === undefined) return {};
  return {
    ...(files === undefined ? {} : { sharing: files.sharing, files: files.files }),
    deleted: (nodes, saga, atMs, sharing) => {
      const calls = nodes.map((node) => ({
        id: node.id,
        call: () => hooks.deleted?.({ node, atMs }),
      }));
      const own = added(settings, entity, 'deleted', saga, calls);
      const { before = [], messages } = files?.removed(nodes, saga, sharing) ?? nothing;
      return { before, writes: own.writes, messages: [...own.messages, ...messages] };
    },
  };
}
