/**
 * The rules of the message `copy`: the nodes that a copy consists of. Pure.
 *
 * - own: the node and the nodes of the service below it are copied, reached through nodes of the
 *   service only. Nodes of other services, aliases and links are not copied.
 * - rewritten: every id of a copied node in an attribute of a copy becomes the id of the copy, also
 *   inside of texts; so does every id in the request's `replace`.
 * - checked: hooks and the schema of the config see every copy as a new node.
 * - one commit: `node-creation-machine.ts` writes all copies, parents first.
 * - alive: the commit expects every copied node. A copy of a node that is gone would list files that
 *   go with the node.
 */
import { v5 } from 'uuid';
import type { MessageEvent, MessageInfo } from '../../runtime/messages/message-events.ts';
import { errorBody, Refused } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { ConsentReads } from '../consent/consent-reads.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import type { CopiedNode } from '../consent/nodes.ts';
import { type Problem, placementProblem } from '../consent/placement.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyWrite } from '../hierarchy/store.ts';
import { checkedAttributes } from './checked-attributes.ts';
import type { EntityHooks } from './entity-hooks.ts';
import { attributesBy } from './hook-results.ts';

export type CopyData = {
  readonly id: string;
  readonly parentId?: string | null;
  readonly attributes?: GivenAttributes;
  readonly replace?: { readonly [id: string]: string };
  readonly only_own?: boolean;
};

export type CopyPlace = ConsentReads['copying']['result'];
export type CopyEvent = MessageEvent<CopyData, CopyPlace, 'copy'>;

/** A copy below the copy of the named node. */
export type CopyBelow = {
  readonly id: string;
  readonly parentId: string;
  readonly attributes: GivenAttributes;
};

/** What a copy needs beside the creation of its first node. */
export type Copy = {
  readonly sourceId: string;
  /** Parents first. */
  readonly below: readonly CopyBelow[];
  /** The id of each copy, by the id of the copied node. */
  readonly ids: { readonly [id: string]: string };
};

/** The attributes of the first copy, and the other copies. */
export type Copies = Copy & { readonly attributes: GivenAttributes };

const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
/** Names of version 5 (RFC 9562) below it are ids of copies. */
const namespace = '7c6a180b-5a2e-5c0f-9d3e-0f5b6f1c2a44';

/** The copies of a request, or the problem with one of them. `id`: of the first copy. */
export function copiesOf(
  settings: ConsentSettings,
  { creating }: EntityHooks,
  id: string,
  event: CopyEvent,
): Copies | { readonly problem: Problem } {
  const { data, $ } = event;
  const [first, ...others] = $.read.source.nodes;
  const problem = sourceProblem(settings, event);
  if (problem !== undefined || first === undefined)
    return { problem: problem ?? noSource(settings, data.id) };
  const ids = Object.fromEntries([
    [first.id, id],
    ...others.map((node) => [node.id, v5(`${id}/${node.id}`, namespace)] as const),
  ]);
  const named = Object.entries({ ...data.replace, ...ids });
  const known = new Map(named.map(([from, to]) => [from.toLowerCase(), to]));
  const made = madeBy(settings, creating, $.message, known);
  try {
    return {
      sourceId: first.id,
      ids,
      attributes: made(first, data.parentId ?? null, data.attributes ?? {}),
      below: others.map((node) => {
        const parentId = ids[node.parentId ?? ''] ?? id;
        return { id: ids[node.id] ?? id, parentId, attributes: made(node, parentId) };
      }),
    };
  } catch (error) {
    if (error instanceof Refused) return { problem: errorBody(error) as Problem };
    throw error;
  }
}

function noSource({ objectClass }: ConsentSettings, id: string): Problem {
  const message = `there is no ${objectClass} ${id}`;
  return { code: 404, name: 'not-found', message, at: '/data/id' };
}

function sourceProblem(settings: ConsentSettings, { data, $ }: CopyEvent): Problem | undefined {
  const { nodes, beneath } = $.read.source;
  if (nodes.length === 0) return noSource(settings, data.id);
  const [foreign] = beneath;
  if (foreign === undefined || data.only_own === true) return undefined;
  const { id, cn, objectClass } = foreign;
  const message =
    `${beneath.length} nodes of other services stand below, such as the ${objectClass} ${cn} (${id}); ` +
    'allowed: none, or only_own, which leaves these nodes out';
  return { code: 409, name: 'refused', message, at: '/data/only_own' };
}

/** Makes the attributes of the copy of a node. `changes`: of the first copy. */
function madeBy(
  settings: ConsentSettings,
  creating: EntityHooks['creating'],
  message: MessageInfo,
  ids: ReadonlyMap<string, string>,
) {
  return (node: CopiedNode, parentId: string | null, changes?: GivenAttributes) => {
    const copied = Object.entries(node.attributes).flatMap(([name, values]) =>
      isMadeAnew(name, values, changes !== undefined)
        ? []
        : [[name, values.map((value) => rewritten(value, ids))] as const],
    );
    const all = Object.entries({ ...Object.fromEntries(copied), ...changes });
    const present = all.filter(([, value]) => [value].flat().some((one) => one !== null));
    const attributes = checkedAttributes(settings, Object.fromEntries(present), 'create');
    const hooked = attributesBy('creating', () => creating?.({ parentId, attributes, message }));
    return hooked === undefined ? attributes : checkedAttributes(settings, hooked, 'create');
  };
}

/** Whether the tree gives a new node the attribute itself. The first copy gets the next index. */
function isMadeAnew(name: string, [value]: readonly Json[], isFirst: boolean): boolean {
  if (name === 'prsDefault') return isFirst || value !== true;
  return name === 'objectClass' || (isFirst && name === 'prsIndex');
}

function rewritten(value: Json, ids: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string')
    return value.replace(idPattern, (id) => ids.get(id.toLowerCase()) ?? id);
  if (value === null || typeof value !== 'object') return value;
  return JSON.parse(JSON.stringify(value), (_key, one: Json) =>
    typeof one === 'string' ? rewritten(one, ids) : one,
  );
}

/** The problem of the place of a copy; undefined: none. `source`: as a later read finds it. */
export function copyProblem(
  settings: ConsentSettings,
  { sourceId, below, ids }: Copy,
  { source, ...place }: CopyPlace,
  parentId: string | undefined,
): Problem | undefined {
  if (source.nodes.length === 0) return noSource(settings, sourceId);
  const present = new Set(source.nodes.map(({ id }) => id));
  const gone = Object.keys(ids).find((id) => !present.has(id));
  if (gone !== undefined) return goneSource(settings, gone);
  for (const { attributes } of below) {
    const problem = placementProblem(settings, place, parentId, attributes);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function goneSource({ objectClass }: ConsentSettings, id: string): Problem {
  const message = `the ${objectClass} ${id} was deleted or moved while it was copied; copy again`;
  return { code: 409, name: 'refused', message, at: '/data/id' };
}

/**
 * The commit of a copy is a conflict when a copied node has changed or is gone. `source`: as the
 * read before the commit finds it.
 */
export function copiedLocks(
  copy: Pick<Copy, 'ids'> | undefined,
  source: Pick<CopyPlace['source'], 'nodes'> | undefined,
) {
  if (copy === undefined || source === undefined) return [];
  const copied = source.nodes.filter(({ id }) => Object.hasOwn(copy.ids, id));
  const versions = Object.fromEntries(copied.map(({ id, version }) => [id, version]));
  return [hierarchyWrite('lock', {}, { versions })];
}

/** Whether a saga deletes the copied node or a node above, or changes the node. */
export function isSourceHeld(
  { holds }: Pick<CopyPlace['source'], 'holds'>,
  sourceId: string | undefined,
): boolean {
  return holds.some(({ mode, nodeId }) => mode === 'D' || nodeId === sourceId);
}
