/**
 * The requests that a running `unanimous up` takes on its control socket: send a message to a
 * service, look at sagas, work on dead letters, and read stored rows.
 *
 * - checked: a request is data until `controlRequestFrom` has checked it.
 * - read-only: stored rows are only read. Everything else is what a client or an operator may do.
 */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { deletionTopics } from '../composition/deletion-topics.ts';
import { fileFindings } from '../composition/file-findings.ts';
import { heldDeletions } from '../composition/held-deletions.ts';
import { listedSagas } from '../composition/listed-sagas.ts';
import { nodeStanding } from '../composition/node-standing.ts';
import type { OpenDeployment } from '../composition/open-deployment.ts';
import type { Client } from '../runtime/client.ts';
import type { CheckedJournal } from '../runtime/duties/stored-check.ts';
import { mainDestination } from '../runtime/messages/main-destination.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import type { DeadLetterEdit, DeadLetterSelection } from '../runtime/ports/dead-letter.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { MachineVersion, TokenPosition } from '../runtime/ports/journal-survey.ts';
import type { Json } from '../runtime/ports/json.ts';
import { configNamed } from './config-files.ts';
import type { RequestHandler } from './control-socket.ts';

const Address = Type.Unsafe<ActorAddress>(
  Type.Object({ service: Type.String(), machine: Type.String(), key: Type.String() }),
);
const Addresses = Type.Unsafe<readonly ActorAddress[]>(Type.Array(Address));
const Token = Type.Unsafe<TokenPosition>(Type.Object({ address: Address, token: Type.String() }));
const Names = Type.Unsafe<readonly string[]>(Type.Array(Type.String()));
const Selection = Type.Unsafe<DeadLetterSelection>(
  Type.Union([Type.Object({ ids: Names }), Type.Object({ service: Type.String() })]),
);
const Edit = Type.Unsafe<DeadLetterEdit>(
  Type.Object({ headers: Type.Record(Type.String(), Type.Unknown()), body: Type.String() }),
);
const message = {
  service: Type.String(),
  action: Type.String(),
  data: Type.Unsafe<Json>(Type.Unknown()),
};
/** `of` names a service; the rows are read from the journal of that service. */
const rows = {
  of: Type.String(),
  services: Names,
  limit: Type.Integer({ minimum: 1 }),
};

const StoredRequestSchema = Type.Union([
  Type.Object({ kind: Type.Literal('load'), of: Type.String(), addresses: Addresses }),
  Type.Object({ kind: Type.Literal('actors'), ...rows, after: Type.Optional(Address) }),
  Type.Object({ kind: Type.Literal('timers'), ...rows, after: Type.Optional(Token) }),
  Type.Object({ kind: Type.Literal('activities'), ...rows, after: Type.Optional(Token) }),
  Type.Object({ kind: Type.Literal('outbox'), ...rows, after: Type.String() }),
  Type.Object({ kind: Type.Literal('beating'), of: Type.String() }),
  Type.Object({ kind: Type.Literal('processes'), of: Type.String(), services: Names }),
  Type.Object({ kind: Type.Literal('held-outboxes'), of: Type.String(), services: Names }),
]);

const Version = Type.Unsafe<MachineVersion>(
  Type.Object({ service: Type.String(), machine: Type.String(), version: Type.Integer() }),
);

const DeadLetterRequestSchema = Type.Union([
  Type.Object({
    kind: Type.Literal('dead-letters'),
    service: Type.Optional(Type.String()),
    limit: Type.Integer({ minimum: 1 }),
  }),
  Type.Object({ kind: Type.Literal('dead-letter'), id: Type.String() }),
  Type.Object({ kind: Type.Literal('edit'), id: Type.String(), edit: Edit }),
  Type.Object({ kind: Type.Literal('replay'), selection: Selection }),
  Type.Object({ kind: Type.Literal('drop'), selection: Selection }),
]);

const ControlRequestSchema = Type.Union([
  Type.Object({ kind: Type.Literal('services') }),
  Type.Object({ kind: Type.Literal('send'), ...message }),
  Type.Object({
    kind: Type.Literal('request'),
    ...message,
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  Type.Object({ kind: Type.Literal('sagas'), limit: Type.Integer({ minimum: 1 }) }),
  Type.Object({ kind: Type.Literal('held'), limit: Type.Integer({ minimum: 1 }) }),
  Type.Object({ kind: Type.Literal('saga-record'), saga: Type.String() }),
  Type.Object({ kind: Type.Literal('why'), subject: Type.String() }),
  Type.Object({ kind: Type.Literal('migrations') }),
  Type.Object({ kind: Type.Literal('standing'), node: Type.String() }),
  Type.Object({ kind: Type.Literal('history'), topic: Type.String() }),
  Type.Object({ kind: Type.Literal('deletion-topics'), sinceMs: Type.Number() }),
  Type.Object({ kind: Type.Literal('file-findings'), nowMs: Type.Number(), agedMs: Type.Number() }),
  Type.Object({ kind: Type.Literal('release'), of: Type.String(), version: Version }),
  ...DeadLetterRequestSchema.anyOf,
  ...StoredRequestSchema.anyOf,
]);

export type StoredRequest = Static<typeof StoredRequestSchema>;
export type DeadLetterRequest = Static<typeof DeadLetterRequestSchema>;
export type ControlRequest = Static<typeof ControlRequestSchema>;

/** Throws `Refused('bad-message')` for anything that is no request. */
export function controlRequestFrom(given: Json): ControlRequest {
  const request: unknown = given;
  if (Value.Check(ControlRequestSchema, request)) return request;
  const kinds = ControlRequestSchema.anyOf.map(({ properties }) => properties.kind.const);
  throw new Refused('bad-message', `the control socket takes ${kinds.join(', ')}`);
}

/** Answers requests with the services of `deployment`; `client` sends to them. */
export function controlRequestHandler(
  deployment: Pick<
    OpenDeployment,
    | 'configs'
    | 'journals'
    | 'deadLetters'
    | 'sources'
    | 'sagaRecord'
    | 'why'
    | 'history'
    | 'migrations'
  >,
  client: Pick<Client, 'request' | 'send'>,
): RequestHandler {
  const { configs } = deployment;
  const destinationOf = (service: string) => mainDestination(configNamed(configs, service));
  return async (given) => {
    const request = controlRequestFrom(given);
    switch (request.kind) {
      case 'services':
        return servicesByJournal(deployment.journals);
      case 'sagas':
        return listedSagas(deployment.sources, request.limit);
      case 'held':
        return heldDeletions(deployment.sources, request.limit);
      case 'saga-record':
        return (await deployment.sagaRecord(request.saga)) ?? null;
      case 'why':
        return deployment.why(request.subject);
      case 'migrations':
        return deployment.migrations();
      case 'standing':
        return nodeStanding(request.node, deployment.sources);
      case 'history':
        return deployment.history(request.topic);
      case 'deletion-topics':
        return deletionTopics(deployment.journals.values(), request.sinceMs);
      case 'file-findings':
        return fileFindings(deployment.sources, request);
      case 'send': {
        const { service, action, data } = request;
        await client.send(destinationOf(service), { action, data }, { mandatory: true });
        return null;
      }
      case 'request': {
        const { service, action, data, timeoutMs } = request;
        const options = timeoutMs === undefined ? {} : { timeoutMs };
        return client.request(destinationOf(service), { action, data }, options);
      }
      case 'release':
        await journalOf(deployment.journals, request.of).releaseVersion(request.version);
        return null;
      case 'dead-letters':
      case 'dead-letter':
      case 'edit':
      case 'replay':
      case 'drop':
        return deadLetterAnswer(request, deployment.deadLetters);
      default:
        return storedAnswer(request, journalOf(deployment.journals, request.of));
    }
  };
}

/** Names of services, a list for each journal. */
function servicesByJournal(
  journals: ReadonlyMap<string, CheckedJournal>,
): readonly (readonly string[])[] {
  const distinct = [...new Set(journals.values())];
  return distinct.map((journal) =>
    [...journals].filter(([, other]) => other === journal).map(([name]) => name),
  );
}

function journalOf<Given>(journals: ReadonlyMap<string, Given>, service: string): Given {
  const journal = journals.get(service);
  if (journal !== undefined) return journal;
  throw new Refused('not-found', `this process does not run the service '${service}'`);
}

async function deadLetterAnswer(
  request: DeadLetterRequest,
  deadLetters: OpenDeployment['deadLetters'],
): Promise<Json> {
  switch (request.kind) {
    case 'dead-letters': {
      const { service, limit } = request;
      return deadLetters.list(service === undefined ? { limit } : { service, limit });
    }
    case 'dead-letter':
      return (await deadLetters.show(request.id)) ?? null;
    case 'edit':
      return deadLetters.edit(request.id, request.edit);
    case 'replay':
      return deadLetters.replay(request.selection);
    case 'drop':
      return deadLetters.drop(request.selection);
    default:
      return request satisfies never;
  }
}

async function storedAnswer(request: StoredRequest, journal: Journal): Promise<Json> {
  switch (request.kind) {
    case 'load':
      return loadedRecords(journal, request.addresses);
    case 'actors':
      return journal.listActors(request.services, request.after, request.limit);
    case 'timers':
      return journal.listTimers(request.services, request.after, request.limit);
    case 'activities':
      return journal.listActivities(request.services, request.after, request.limit);
    case 'outbox':
      return journal.listOutbox(request.services, request.after, request.limit);
    case 'beating':
      return journal.beating();
    case 'processes':
      return journal.processes(request.services, 0);
    case 'held-outboxes':
      return journal.heldOutboxes(request.services);
    default:
      return request satisfies never;
  }
}

async function loadedRecords(
  journal: CheckedJournal,
  addresses: readonly ActorAddress[],
): Promise<Json> {
  const loaded = await journal.load(addresses.map((address) => ({ address, messageIds: [] })));
  return loaded.map(({ version, record }) => ({ version, record, seen: [] }));
}
