/**
 * Why something waits, found by one id: a saga or the request that began it, a node, a card, or an
 * actor.
 *
 * - read-only: nothing is written, and no running process is needed. So a stopped process tells why
 *   it waited.
 * - every-journal: all databases of the services are asked; a subject may have parts in several.
 *
 * Boundary: `actors/waiting/` turns rows into reasons. The votes on a node that nobody deletes come
 * from the running services: the caller of `why` asks them for a plan.
 */
import { waitingReasons } from '../actors/waiting/waiting-reason.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import { Refused } from '../runtime/ports/errors.ts';
import { partsOf } from '../runtime/ports/identity.ts';
import type { ActorWhy, Why } from './why-documents.ts';
import { deletedNode, whyNode } from './why-node.ts';
import { whySaga } from './why-saga.ts';
import type { WhySources } from './why-sources.ts';

/**
 * `subject`: the id of a saga, of a request (`<message_id>@<app_id>`), of a node or of a card, the
 * key of an actor, or `<service>/<machine>/<key>`. Rejects with `Refused('not-found')` if nothing
 * of the services has the id.
 */
export async function why(subject: string, sources: WhySources): Promise<Why> {
  for (const id of spellings(subject))
    for (const look of [sagaNamed, cardNamed, whyNode, actorNamed, deletedNode]) {
      const found = await look(id, sources);
      if (found !== undefined) return found;
    }
  const services = [...sources.services.keys()].join(', ');
  throw new Refused(
    'not-found',
    `no saga, node, card or actor has the id ${subject} in the databases of ${services}; services of your own are named with --config or --module`,
  );
}

/** Ids of sagas and nodes are UUIDs in lower case, and a person may give either case. */
function spellings(subject: string): readonly string[] {
  const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(subject);
  return isUuid ? [...new Set([subject, subject.toLowerCase()])] : [subject];
}

async function sagaNamed(subject: string, sources: WhySources): Promise<Why | undefined> {
  const saga = (await sources.sagaOf(subject)) ?? subject;
  const found = await whySaga(saga, sources);
  return found && { kind: 'saga', ...found };
}

async function cardNamed(id: string, sources: WhySources): Promise<Why | undefined> {
  const found = await sources.card(id);
  if (found === undefined) return undefined;
  const { service, card, tombstone } = found;
  const deletion = await actorAt({ service, machine: 'card-deletion', key: id }, sources);
  return {
    kind: 'card',
    id,
    service,
    state: card?.state ?? 'gone',
    owner: card?.owner ?? tombstone?.owner ?? '',
    transaction: card?.transaction ?? null,
    deletion: deletion ?? null,
  };
}

/** A bare key may be that of an actor of any machine. An actor that has not ended is preferred. */
async function actorNamed(subject: string, sources: WhySources): Promise<Why | undefined> {
  const found: ActorWhy[] = [];
  for (const address of addressesOf(subject, sources)) {
    const actor = await actorAt(address, sources);
    if (actor?.status === 'active') return actor;
    if (actor !== undefined) found.push(actor);
  }
  return found[0];
}

function addressesOf(subject: string, { services }: WhySources): readonly ActorAddress[] {
  const [service = '', machine = '', ...key] = subject.split('/');
  const isAddress = key.length > 0 && services.get(service)?.machines.has(machine) === true;
  if (isAddress) {
    const given = key.join('/');
    // A key with a '/' in it is printed with escapes.
    const [, , unescaped = given] = partsOf(subject);
    return [...new Set([given, unescaped])].map((name) => ({ service, machine, key: name }));
  }
  return [...services].flatMap(([name, { machines }]) =>
    [...machines.keys()].map((of) => ({ service: name, machine: of, key: subject })),
  );
}

async function actorAt(address: ActorAddress, sources: WhySources): Promise<ActorWhy | undefined> {
  const rows = await sources.actor(address);
  if (rows === undefined) return undefined;
  const { status } = rows.record;
  return { kind: 'actor', address, status, reasons: waitingReasons(rows) };
}
