/** The deletions that wait for the end of holds (`when_held`), from the actors of some services. */
import { MachineView, numberIn, objectIn } from '../actors/waiting/machine-view.ts';
import { isJsonObject } from '../config/json.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { JsonObject } from '../runtime/ports/json.ts';
import type { WhySources } from './why-sources.ts';

/** One held deletion. Times: milliseconds since the epoch; `until`: ISO 8601. */
export type HeldDeletion = {
  /** The id of the node. */
  readonly id: string;
  /** The owner of the node. */
  readonly service: string;
  /** The saga that was refused first; its record has the end of the waiting. */
  readonly saga: string;
  readonly state: string;
  readonly until: string;
  /** When the deletion is tried again; null while it is tried. */
  readonly againAtMs: number | null;
  /** No hold that ends later is waited for; null: every hold is. */
  readonly giveUpAtMs: number | null;
  readonly requestedBy: string | null;
  readonly tries: number;
  /** Who says no, why and until when. */
  readonly refusals: readonly JsonObject[];
};

const machine = 'held-deletion';

/** At most `limit` of all services, in the order of services and nodes. */
export async function heldDeletions(
  { services, journals, actor }: WhySources,
  limit: number,
): Promise<readonly HeldDeletion[]> {
  const found: HeldDeletion[] = [];
  for (const [service, { machines }] of services) {
    const journal = journals.get(service);
    if (!machines.has(machine) || journal === undefined || found.length >= limit) continue;
    for (const address of await addressesIn(journal, service, limit - found.length)) {
      const rows = await actor(address);
      if (rows?.record.status === 'active') found.push(heldDeletion(MachineView.of(rows)));
    }
  }
  return found;
}

/** The waiting deletion of a node of this service; undefined: none waits. */
export async function heldDeletionOf(
  id: string,
  service: string,
  { actor }: Pick<WhySources, 'actor'>,
): Promise<HeldDeletion | undefined> {
  const rows = await actor({ service, machine, key: id });
  return rows?.record.status === 'active' ? heldDeletion(MachineView.of(rows)) : undefined;
}

async function addressesIn(
  journal: Journal,
  service: string,
  limit: number,
): Promise<readonly ActorAddress[]> {
  const rows = await journal.listActors([service], { service, machine, key: '' }, limit);
  return rows.map(({ address }) => address).filter((address) => address.machine === machine);
}

function heldDeletion(view: MachineView): HeldDeletion {
  const held = objectIn(view.context, 'held');
  const text = (name: string) => (typeof held[name] === 'string' ? held[name] : '');
  return {
    id: text('id'),
    service: view.service,
    saga: text('saga'),
    state: view.states.join(', '),
    until: text('until'),
    againAtMs: view.next?.atMs ?? null,
    giveUpAtMs: numberIn(held, 'giveUpAtMs'),
    requestedBy: text('requestedBy') || null,
    tries: numberIn(view.context, 'tries') ?? 0,
    refusals: [held['refusals'] ?? []].flat().filter(isJsonObject),
  };
}
