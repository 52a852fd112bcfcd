/**
 * The tree of entities: the children of a node, the facts about a node, and the plan of its
 * deletion.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type FoundNode,
  hierarchyRead,
  hierarchyStoreName,
  type SearchQuery,
} from '../../actors/hierarchy/store.ts';
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import { isJsonObject } from '../../config/json.ts';
import { redact } from '../../config/redact.ts';
import type { Client } from '../../runtime/client.ts';
import { mainDestination } from '../../runtime/messages/main-destination.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { storeReads } from '../../runtime/turn/store-reads.ts';
import type { NodeDetail, PlanAnswer, TreeList, TreeNode } from './contract.ts';

export type TreeDeployment = Pick<
  OpenDeployment,
  'client' | 'configs' | 'sagas' | 'services' | 'why'
>;

type ListRequest = FastifyRequest<{ Querystring: { readonly base?: string } }>;
type NodeRequest = FastifyRequest<{ Params: { readonly id: string } }>;

/** Adds the routes under the prefix of `app`. */
export async function treeRoutes(
  app: FastifyInstance,
  { deployment }: { readonly deployment: TreeDeployment },
): Promise<void> {
  let client: Promise<Client> | undefined;
  app.addHook('onClose', async () => (await client)?.close());
  app.get('/tree', ({ query }: ListRequest) => treeList(query.base, deployment));
  app.get('/nodes/:id', async ({ params: { id } }: NodeRequest): Promise<NodeDetail> => {
    const why = await nodeNamed(id, deployment).catch((error: unknown) =>
      ownOfTree(id, error, deployment),
    );
    return redact(why as Json) as Json as NodeDetail;
  });
  app.get('/nodes/:id/plan', async ({ params: { id } }: NodeRequest): Promise<PlanAnswer> => {
    const { owner } = await nodeNamed(id, deployment);
    const config = deployment.configs.find(({ svcName }) => svcName === owner);
    if (config === undefined)
      throw new Refused('not-found', `no service of this process owns the node ${id}`);
    client ??= deployment.client('inspector');
    const answer = await (await client).request(mainDestination(config), {
      action: 'plan',
      data: { id },
    });
    const error = isJsonObject(answer) ? answer['error'] : undefined;
    if (isJsonObject(error)) throw new Refused('refused', String(error['message']));
    return redact(answer) as Json as PlanAnswer;
  });
}

/** Without `base` the root alone. */
async function treeList(base: string | undefined, deployment: TreeDeployment): Promise<TreeList> {
  if (readerOf(deployment.services) === undefined) return { data: [], hasTree: false };
  const query: SearchQuery = base === undefined ? { scope: 0 } : { scope: 1, base };
  const [nodes, parts] = await Promise.all([foundNodes(query, deployment), deployment.sagas()]);
  const going = new Set(
    parts.flatMap((part) => (part.states.includes('decided') ? part.nodeIds : [])),
  );
  const held = new Set(parts.flatMap(({ nodeIds, promised }) => [...nodeIds, ...promised]));
  const stateOf = (id: string) => (going.has(id) ? 'going' : held.has(id) ? 'held' : 'free');
  const data = nodes.map((node): TreeNode => ({ ...namesOf(node), state: stateOf(node.id) }));
  return { data: redact(data) as Json as TreeList['data'], hasTree: true };
}

/**
 * A node that belongs to the tree itself and to no service. Rejects with `error` if the tree has no
 * such node.
 */
async function ownOfTree(
  id: string,
  error: unknown,
  deployment: TreeDeployment,
): Promise<NodeDetail> {
  const [node] = await foundNodes({ id }, deployment);
  if (node === undefined) throw error;
  const { cn, objectClass } = namesOf(node);
  const nobody = { owner: null, subscribers: [], refusals: [], unanswered: null, sagas: [] };
  return { id, cn, objectClass, state: 'free', ...nobody };
}

/** Empty if no service of the process has nodes in a tree. */
async function foundNodes(
  query: SearchQuery,
  { services }: Pick<TreeDeployment, 'services'>,
): Promise<readonly FoundNode[]> {
  const reader = readerOf(services);
  if (reader === undefined) return [];
  const perform = storeReads(new Map([[reader.name, reader]]));
  const read = hierarchyRead('search', { ...query, deref: false });
  return (await perform(reader.name, read)) as Json as readonly FoundNode[];
}

function readerOf(services: TreeDeployment['services']) {
  return services.find(({ stores }) => stores.has(hierarchyStoreName));
}

function namesOf({ id, attributes }: FoundNode): Omit<TreeNode, 'state'> {
  const first = (name: string) => String(attributes[name]?.[0] ?? '');
  return { id, cn: first('cn'), objectClass: first('objectClass') };
}

async function nodeNamed(id: string, { why }: TreeDeployment) {
  const found = await why(id);
  if (found.kind === 'node') return found;
  throw new Refused('not-found', `${id} is a ${found.kind}, not a node`);
}
