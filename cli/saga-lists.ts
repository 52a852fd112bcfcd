/**
 * The command `sagas list`: the sagas under way, or the deletions that wait for the end of holds.
 *
 * - read-only: a running `unanimous up` with the same data folder is asked first, else the databases are
 *   read. Nothing is made.
 */
import { type HeldDeletion, heldDeletions } from '../composition/held-deletions.ts';
import { type ListedSaga, listedSagas } from '../composition/listed-sagas.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Refused } from '../runtime/ports/errors.ts';
import { print } from './print.ts';
import { RunningProcess } from './running-process.ts';
import type { StorageOptions } from './storage-options.ts';
import { withStoredRows } from './stored-services.ts';
import { holdText, span, triedAgain } from './why-text.ts';

export interface ListOptions extends StorageOptions {
  readonly limit: number;
  readonly held?: boolean;
  readonly json?: boolean;
}

export async function listSagas({ held, ...options }: ListOptions): Promise<void> {
  const lines = held === true ? await heldLines(options) : await sagaLines(options);
  for (const line of lines) print(line);
}

async function sagaLines({ limit, json, ...options }: ListOptions): Promise<readonly string[]> {
  const running = await RunningProcess.find(options.data);
  const found = await (running?.sagas(limit) ??
    withStoredRows(options, (sources) => listedSagas(sources, limit)));
  if (json === true) return [JSON.stringify(found)];
  const nowMs = systemClock.now();
  return found.length === 0
    ? ['no saga is under way']
    : found.flatMap((saga) => lines(saga, nowMs));
}

/** Two lines: what is under way and for how long, then what the saga waits for. */
function lines(saga: ListedSaga, nowMs: number): readonly string[] {
  const { requestedAtMs, level, blockers, owner } = saga;
  const age = requestedAtMs === null ? 'age not known' : `for ${span(nowMs - requestedAtMs)}`;
  const state = level === 'none' ? saga.state : `${saga.state}, ${level}`;
  const who = blockers.length === 0 ? '' : `  look at: ${blockers.join(', ')}`;
  return [
    `${saga.saga}  ${saga.verb}  ${state}  ${age}  ${owner ?? 'an owner in another database'}${who}`,
    `    ${saga.text}`,
  ];
}

async function heldLines({ limit, json, ...options }: ListOptions): Promise<readonly string[]> {
  const found = await foundHeld(limit, options);
  if (json === true) return [JSON.stringify(found)];
  const nowMs = systemClock.now();
  return found.length === 0
    ? ['no deletion waits for the end of a hold']
    : found.flatMap((deletion) => heldDeletionLines(deletion, nowMs));
}

async function foundHeld(limit: number, options: StorageOptions): Promise<readonly HeldDeletion[]> {
  const running = await RunningProcess.find(options.data);
  return (
    (await running?.heldDeletions(limit)) ??
    withStoredRows(options, (sources) => heldDeletions(sources, limit))
  );
}

function heldDeletionLines(deletion: HeldDeletion, nowMs: number): readonly string[] {
  const { id, service, state, until, refusals } = deletion;
  return [
    `${id}  ${service}  ${state}  held until ${until}  ${triedAgain(deletion, nowMs)}`,
    ...refusals.map((refusal) => `    ${holdText(refusal)}`),
  ];
}

const searchedMax = 10_000;

/**
 * The owner of a held deletion. Rejects with `Refused('not-found')` if no deletion of the node
 * waits.
 */
export async function ownerOfHeld(id: string, options: StorageOptions): Promise<string> {
  const found = (await foundHeld(searchedMax, options)).find((one) => one.id === id);
  if (found !== undefined) return found.service;
  throw new Refused('not-found', `no deletion of the node ${id} waits for the end of a hold`);
}
