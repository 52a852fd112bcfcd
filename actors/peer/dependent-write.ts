/**
 * The rules of a write that makes rows depend on nodes of other services, or removes such rows: the
 * subscriptions that the write needs, the reasons to refuse the write, and the subscriptions that
 * end with the last row. Pure.
 *
 * - A subscription ends in the commit that removes the last row. The commit expects the version of
 *   the link, so a row that another write adds meanwhile keeps the subscription.
 * - A write that removes a row and leaves others raises the version. So of two writes that remove
 *   the last two rows, the later write ends the subscription.
 */
import { meantName } from '../../config/nearest-name.ts';
import type { AnswerEvent } from '../../runtime/messages/message-events.ts';
import { isUuid } from '../../runtime/messages/validation.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Write } from '../../runtime/ports/store.ts';
import type { Publish, ReplyAddress } from '../../runtime/step/effects.ts';
import { readAnswer } from '../consent/answers.ts';
import type { ConsentReads, NodesByEntity } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import { subscribeMessage, unreachableOwner } from '../consent/subscribe-messages.ts';

/** The input of the machine. */
export type DependentWriteInput = {
  /** The nodes that the rows depend on. */
  readonly on: NodesByEntity;
  /**
   * Written in one commit. A write that expects the version of a row must have read the row in the
   * same step.
   */
  readonly writes: readonly Write[];
  /** Ids of the written rows that are nodes of this service. Default: none. */
  readonly own?: readonly string[];
  /** The sender that gets `{}` or `{"error": …}`. Default: nobody. */
  readonly answerTo?: ReplyAddress | null;
};

/** The output of the machine. */
export type DependentWriteOutput = {
  /** null: everything is written. Otherwise nothing is written. */
  readonly problem: ErrorBody | null;
};

export type Dependency = ConsentReads['dependency']['result'];
export type DependencyNode = Dependency['nodes'][number];
export type SubscribedEvent = AnswerEvent<
  { readonly nodeId: string },
  'subscribed' | 'subscribed.unroutable'
>;

export type Context = DependentWriteInput & {
  /** Distinguishes the subscriptions of this actor from the subscriptions of others. */
  readonly purpose: string;
  readonly service: string;
  readonly nodes: readonly DependencyNode[];
  /** The generation of the subscription to each node; empty: none was asked for yet. */
  readonly generations: Readonly<Record<string, number>>;
  readonly subscribed: readonly string[];
  readonly attempts: number;
  readonly problem: ErrorBody | null;
};
/**
 * The rows keep the text of an id, and other services name the node by its id in lower case. A row
 * with another text would never be found for the node.
 */
function idProblem(on: NodesByEntity): ErrorBody | undefined {
  const entities = new Map<string, string>();
  const named = Object.entries(on).flatMap(([entity, ids]) => ids.map((id) => ({ entity, id })));
  for (const { entity, id } of named) {
    if (!isUuid(id))
      return badMessage(
        `the id ${JSON.stringify(id)} of ${entity} is no UUID in lower case; a member with the format 'uuid' in the schema of the request takes either case`,
      );
    const other = entities.get(id) ?? entity;
    if (other !== entity)
      return badMessage(`the node ${id} is named as one of ${other} and as one of ${entity}`);
    entities.set(id, entity);
  }
  return undefined;
}

function badMessage(message: string): ErrorBody {
  return { code: 400, name: 'bad-message', message };
}

export function problemIn(
  { on }: Pick<Context, 'on'>,
  { service, nodes, known, removed }: Dependency,
): ErrorBody | undefined {
  const [again] = removed;
  if (again !== undefined)
    return {
      code: 410,
      name: 'gone',
      message: `the row ${again} is deleted; its id stays deleted`,
    };
  const misnamed = idProblem(on);
  if (misnamed !== undefined) return misnamed;
  for (const { entity, owner, link } of nodes) {
    if (owner === null)
      return {
        code: 500,
        name: 'config-invalid',
        message: `${service} writes rows that depend on '${entity}'${meantName(entity, known)}; the config's section 'subscribe' names ${known.join(', ') || 'nothing'}`,
      };
    if (link.tombstoned)
      return { code: 410, name: 'gone', message: `the node ${link.nodeId} is deleted` };
  }
  return undefined;
}

export function subscriptionProblem(
  { nodes }: Context,
  { type, about: { nodeId }, answer }: SubscribedEvent,
): ErrorBody {
  const { entity = '', owner = null } = nodes.find(({ link }) => link.nodeId === nodeId) ?? {};
  if (type === 'subscribed.unroutable' && owner !== null) {
    const message = unreachableOwner(`the service of ${entity}`, owner);
    return { code: 503, name: 'not-reachable', message };
  }
  const reason = readAnswer(answer)?.reason ?? 'no reason given';
  const message = `the service of ${entity} refuses the subscription to ${nodeId}: ${reason}`;
  return { code: 409, name: 'refused', message };
}

export function timeoutProblem({ on, own = [], generations, subscribed }: Context): ErrorBody {
  const open = Object.keys(generations).filter((nodeId) => !subscribed.includes(nodeId));
  const message =
    open.length > 0
      ? `no answer to the subscription to ${open.join(', ')}`
      : `an operation still holds one of ${[...Object.values(on).flat(), ...own].join(', ')}`;
  return { code: 504, name: 'timed-out', message };
}

/** The writes of the ledger for the nodes that lose rows. */
export function leavingWrites({ service, leaving }: Dependency, atMs: number): readonly Write[] {
  return leaving.map(({ link: { nodeId, generation, version }, isNeeded }) => {
    const expect = { links: { [nodeId]: version } };
    return isNeeded
      ? ledgerWrite('depend', { service, on: [nodeId] }, expect)
      : ledgerWrite('unlink', { service, nodeId, generation, atMs }, expect);
  });
}

/** An `unsubscribe` for each node that loses its last row. */
export function unsubscribeMessages({ service, leaving }: Dependency): readonly Publish[] {
  return leaving
    .filter(({ isNeeded }) => !isNeeded)
    .map(({ owner, link: { nodeId, generation } }) =>
      subscribeMessage({ service }, 'unsubscribe', owner, nodeId, generation, [service]),
    );
}
