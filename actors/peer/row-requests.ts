/**
 * Requests of clients that need no machine of the user's own: a request that writes rows, also rows
 * that depend on nodes of other services, and a request that reads rows.
 */
import type { Static, TSchema } from 'typebox';
import { setup } from 'xstate';
import { isJsonObject } from '../../config/json.ts';
import type { MembersOf } from '../../runtime/member-checks.ts';
import type { MessageEvent, MessageInfo } from '../../runtime/messages/message-events.ts';
import type { MessageRoute } from '../../runtime/messages/service-definition.ts';
import { isUuid } from '../../runtime/messages/validation.ts';
import { Broken, Refused } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';
import { publish, reply } from '../../runtime/step/effects.ts';
import { toOwner } from '../consent/action-names.ts';
import type { NodesByEntity } from '../consent/consent-reads.ts';
import type { Dependence } from '../consent/dependences.ts';
import { byIdentity } from '../consent/route-data.ts';
import type { OwnerAddress, Upstream } from '../consent/settings.ts';
import { readBy, writesBy } from '../consent/write-result.ts';
import type { DependentWriteInput, DependentWriteOutput } from './dependent-write.ts';
import { dependentWrite } from './dependent-write-machine.ts';
import { namedNodes } from './named-nodes.ts';
import type { ServiceFragment } from './service-fragment.ts';

/**
 * A request that writes rows. The answer is `{}`, or `{"error": …}`. The functions are pure, and get
 * the data of the message after the check of `schema`.
 */
export interface WriteRequest<Data> {
  /** The nodes that the rows depend on, by entity. Default: none. */
  readonly on?: (data: Data) => NodesByEntity;
  /** The writes of one commit. */
  readonly writes: (data: Data) => Write | readonly Write[];
  /**
   * The nodes, by entity, about which the written rows no longer say `no`. A deletion that waits for
   * the end of the holds on a node is tried at once. Default: none.
   */
  readonly lifts?: (data: Data) => NodesByEntity;
}

/** A request that reads rows. The answer is `{"data": …}` with the result of the read. */
export interface ReadRequest<Data> {
  readonly read: (data: Data) => Read;
}

/** A request that writes or reads rows, with the schema of its data. */
export type RowRequest<Schema extends TSchema> = { readonly schema: Schema } & (
  | WriteRequest<Static<Schema>>
  | ReadRequest<Static<Schema>>
);

const writeMembers: MembersOf<WriteRequest<unknown>> = { on: false, writes: true, lifts: false };
const readMembers: MembersOf<ReadRequest<unknown>> = { read: true };

/** The members of a request that reads or writes. */
export function requestMembers(request: object): Readonly<Record<string, boolean>> {
  return { schema: true, ...('read' in request ? readMembers : writeMembers) };
}

/** By action. `TSchemas`: the schema of each action. */
export type RowRequests<TSchemas> = {
  readonly [Action in keyof TSchemas]: RowRequest<Extract<TSchemas[Action], TSchema>> & {
    readonly schema: TSchemas[Action];
  };
};

/**
 * The rules for the rows of a service, so that every dependence is subscribed to and nobody who
 * depends on a row is left out.
 */
export interface RowRules {
  readonly dependences: readonly Dependence[];
  /** The table whose rows are nodes. Default: none. */
  readonly owned?: string;
  /** The entities whose nodes the rows may depend on, with the addresses of their owners. */
  readonly upstreams: readonly Pick<Upstream, 'entity' | 'owner'>[];
}

type AnyRequest = { readonly schema: TSchema } & (WriteRequest<unknown> | ReadRequest<unknown>);

/** The owner of a node whose hold was lifted, and the node. */
type Lifted = { readonly owner: OwnerAddress; readonly id: string };

type RequestInput = Required<Pick<DependentWriteInput, 'on' | 'own' | 'writes'>> & {
  readonly lifted: readonly Lifted[];
  readonly $: { readonly message: Pick<MessageInfo, 'replyTo'> };
};

type WritingContext = DependentWriteInput & { readonly lifted: readonly Lifted[] };

const rowWriting = setup({
  types: {} as { context: WritingContext; input: RequestInput; events: { type: 'none' } },
  actors: { dependentWrite },
  actions: {
    tellLifted: publish(({ context }: { readonly context: WritingContext }) =>
      context.lifted.map(({ owner, id }) => ({ ...toOwner(owner, 'unheld'), data: { id } })),
    ),
  },
  guards: {
    isWritten: ({ event }: { readonly event: unknown }) =>
      (event as { readonly output?: DependentWriteOutput }).output?.problem === null,
  },
}).createMachine({
  id: 'row-writing',
  context: ({ input: { on, own, writes, lifted, $ } }) => ({
    on,
    own,
    writes,
    lifted,
    answerTo: $.message.replyTo,
  }),
  initial: 'writing',
  states: {
    writing: {
      invoke: {
        src: 'dependentWrite',
        input: ({ context: { lifted: _lifted, ...input } }) => input,
        onDone: [{ guard: 'isWritten', target: 'over', actions: 'tellLifted' }, { target: 'over' }],
      },
    },
    over: { type: 'final' },
  },
});

/** Answers a message of any action with the result of the read of the route. */
const rowReading = setup({
  types: {} as { events: MessageEvent<unknown, Json> },
  actions: {
    answer: reply(({ event }: { readonly event: MessageEvent<unknown, Json> }) => ({
      body: { data: event.$.read },
    })),
  },
}).createMachine({
  id: 'row-reading',
  initial: 'asked',
  states: {
    asked: { on: { '*': { target: 'answered', actions: 'answer' } } },
    answered: { type: 'final' },
  },
});

/** The machines and routes of the requests. */
export function requestsFragment(
  requests: Readonly<Record<string, AnyRequest>>,
  rules: RowRules,
): ServiceFragment {
  const routes = Object.entries(requests).map(([action, request]) => [
    action,
    'read' in request ? readRoute(action, request) : writeRoute(action, request, rules),
  ]);
  return {
    machines: {
      'row-writing': rowWriting,
      'row-reading': { machine: rowReading, ephemeral: true },
    },
    messages: Object.fromEntries(routes),
    ignored: [],
  };
}

function writeRoute(
  action: string,
  {
    schema,
    on = () => ({}),
    writes,
    lifts = () => ({}),
  }: { readonly schema: TSchema } & WriteRequest<unknown>,
  rules: RowRules,
): MessageRoute {
  return {
    machine: 'row-writing',
    schema,
    starts: 'input',
    to: (message, newId) => {
      const written = writesBy(`'writes' of the request '${action}'`, () => writes(message.data));
      const named = namedNodes(`'on' of the request '${action}'`, () => on(message.data));
      const input = { on: named, writes: written };
      for (const write of input.writes) checkRow(action, write, input.on, rules);
      const own = ownedIds(input.writes, rules);
      const freed = namedNodes(`'lifts' of the request '${action}'`, () => lifts(message.data));
      const lifted = liftedNodes(action, freed, rules);
      return { ...byIdentity(message, newId), data: { ...input, own, lifted } };
    },
  };
}

/** Throws `Broken` for an entity that the config does not subscribe to. */
function liftedNodes(
  action: string,
  lifted: NodesByEntity,
  { upstreams }: RowRules,
): readonly Lifted[] {
  return Object.entries(lifted).flatMap(([entity, ids]) => {
    const owner = upstreams.find((upstream) => upstream.entity === entity)?.owner;
    if (owner !== undefined) return ids.map((id) => ({ owner, id }));
    const known = upstreams.map((upstream) => upstream.entity).join(', ') || 'none';
    throw new Broken(
      'broken',
      `'lifts' of the request '${action}' names the entity '${entity}'; subscribed are ${known}`,
    );
  });
}

/** The written rows that are nodes, each once. */
function ownedIds(writes: readonly Write[], { owned }: RowRules): readonly string[] {
  const ids = writes.map(({ store, args }) =>
    store === owned && isJsonObject(args) ? args['id'] : undefined,
  );
  return [...new Set(ids.filter((id) => typeof id === 'string'))];
}

/**
 * Refuses a row that depends on a node which `on` does not name, because the service would not be
 * asked about the node; a node without a UUID, because no service could name the node; and the
 * removal of a row that is a node, because nobody who depends on the row would be asked.
 */
function checkRow(
  action: string,
  { store, op, args }: Write,
  on: NodesByEntity,
  { dependences, owned }: RowRules,
): void {
  const { id, data } = isJsonObject(args) ? args : {};
  const members = isJsonObject(data) ? data : {};
  // One member may hold nodes of several entities.
  const named = new Set(Object.values(on).flat());
  for (const { entity, by, read } of dependences) {
    const node = members[by];
    if (read([]).store !== store || typeof node !== 'string' || named.has(node)) continue;
    throw new Broken(
      'broken',
      `the request '${action}' writes a row of '${store}' that depends on ${node}: 'on' must name the node, as { ${entity}: ['${node}'] }`,
    );
  }
  if (store === owned && (op === 'remove' || op === 'drop'))
    throw new Broken(
      'broken',
      `the request '${action}' removes a row of '${store}': other services depend on the row, so only the message 'delete' removes the row`,
    );
  if (store === owned && op === 'add' && !isUuid(id))
    throw new Refused(
      'bad-message',
      `the id of a row of '${store}' must be a UUID, because other services name it`,
    );
}

function readRoute(
  action: string,
  { schema, read }: { readonly schema: TSchema } & ReadRequest<unknown>,
): MessageRoute {
  return {
    machine: 'row-reading',
    schema,
    starts: true,
    to: (_message, newId) => ({ key: newId }),
    read: ({ data }) => readBy(`'read' of the request '${action}'`, () => read(data)),
  };
}
