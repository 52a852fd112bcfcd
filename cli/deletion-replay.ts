/**
 * The command `deletions replay`: gives each finished deletion of a file to the former owner of the
 * nodes, and counts the outcomes for the nodes.
 *
 * - repeatable: a deletion that is done already is counted as gone, so a replay that was broken off
 *   is run again.
 * - in order: the deletions of a saga go one after another, in the order of their removal. Several
 *   sagas go at once.
 */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type FinishedDeletion, readDeletionFile } from '../actors/consent/deletion-file.ts';
import { idsInParts } from '../actors/consent/node-ids.ts';
import { isJsonObject } from '../config/json.ts';
import { redactText } from '../config/redact.ts';
import { errorText } from '../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import { exitCodes } from './exit-codes.ts';
import { print } from './print.ts';
import { type ServiceAccess, serviceAccess } from './service-requests.ts';
import type { StorageOptions } from './storage-options.ts';

export interface ReplayOptions extends StorageOptions {
  readonly file: string;
  readonly by: string;
  readonly why: string;
  readonly without?: readonly string[];
  readonly force?: boolean;
  readonly json?: boolean;
  /** For each service and saga, in milliseconds. */
  readonly timeoutMs: number;
}

/** Numbers of nodes of one service. */
type ServiceCounts = {
  readonly service: string;
  readonly removed: number;
  readonly gone: number;
  /** Nodes that another service owns. */
  readonly foreign: number;
};
type Problem = { readonly service: string; readonly saga: string; readonly reason: string };
type Outcome = ServiceCounts | Problem;

const sagasAtOnce = 4;
const idsMax = 10_000;

export async function replayDeletions(options: ReplayOptions): Promise<void> {
  const { file, without = [] } = options;
  const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  const deletions = readDeletionFile(content).filter(({ service }) => !without.includes(service));
  const outcomes = await inOrder(bySaga(deletions), replayer(options));
  report(options, deletions.length, outcomes);
}

function bySaga(deletions: readonly FinishedDeletion[]): readonly (readonly FinishedDeletion[])[] {
  const sagas = new Map<string, FinishedDeletion[]>();
  for (const deletion of deletions) {
    const known = sagas.get(deletion.saga);
    if (known === undefined) sagas.set(deletion.saga, [deletion]);
    else known.push(deletion);
  }
  return [...sagas.values()];
}

/** The outcomes of all lists, each list in its order and some lists at once. */
async function inOrder<Item>(
  lists: readonly (readonly Item[])[],
  work: (item: Item) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  const waiting = [...lists];
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let list = waiting.shift(); list !== undefined; list = waiting.shift())
      for (const item of list) outcomes.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: sagasAtOnce }, worker));
  return outcomes;
}

function replayer(options: ReplayOptions) {
  const { by, why, without = [], force = false, timeoutMs } = options;
  const ways = new Map<string, Promise<ServiceAccess>>();
  const wayTo = (service: string): Promise<ServiceAccess> => {
    const known = ways.get(service) ?? serviceAccess(service, options);
    ways.set(service, known);
    return known;
  };
  return async (deletion: FinishedDeletion): Promise<readonly Outcome[]> => {
    const { service, saga, ids, retains = [] } = deletion;
    const voters = deletion.voters.filter((voter) => !without.includes(voter));
    const outcomes: Outcome[] = [];
    // The ids are parents first; children go first, so that no part has a node below that is in
    // another part.
    for (const id of idsInParts([...ids].reverse(), idsMax)) {
      const kept = retains
        .filter(({ voter }) => !without.includes(voter))
        .map((one) => ({ ...one, ids: one.ids.filter((kept) => id.includes(kept)) }))
        .filter((one) => one.ids.length > 0);
      const more = { ...(force ? { force } : {}), ...(kept.length > 0 ? { retains: kept } : {}) };
      const data = { id, saga, voters, by, why, ...more };
      try {
        const way = await wayTo(service);
        outcomes.push(outcomeOf(deletion, await way.request('replayDeletions', data, timeoutMs)));
      } catch (error) {
        outcomes.push({ service, saga, reason: redactText(errorText(error)) });
      }
    }
    return outcomes;
  };
}

function outcomeOf({ service, saga }: FinishedDeletion, answer: Json): Outcome {
  const body: JsonObject = isJsonObject(answer) ? answer : {};
  const { error } = body;
  if (isJsonObject(error)) return { service, saga, reason: String(error['message']) };
  const number = (name: string) => [body[name] ?? []].flat().length;
  return { service, removed: number('removed'), gone: number('gone'), foreign: number('foreign') };
}

function report({ json }: ReplayOptions, deletions: number, outcomes: readonly Outcome[]): void {
  const problems = outcomes.filter((outcome) => 'reason' in outcome);
  const services = sums(outcomes.filter((outcome) => 'removed' in outcome));
  if (problems.length > 0) process.exitCode = exitCodes.failed;
  const lines =
    json === true
      ? [JSON.stringify({ deletions, services, problems })]
      : reportLines(deletions, services, problems);
  for (const line of lines) print(line);
}

function reportLines(
  deletions: number,
  services: readonly ServiceCounts[],
  problems: readonly Problem[],
): readonly string[] {
  const counts = services.map(({ service, removed, gone, foreign }) => {
    const others = foreign === 0 ? '' : `, ${foreign} of another service now`;
    return `${service}: ${removed} removed, ${gone} gone already${others}`;
  });
  const reasons = problems.map(
    ({ service, saga, reason }) =>
      `${service}: the deletions of saga ${saga} are not done: ${reason}`,
  );
  const end =
    problems.length === 0
      ? `${deletions} deletions of the file are done`
      : `${problems.length} parts are not done; run the command again when the reasons are gone`;
  return [...counts, ...reasons, end];
}

function sums(found: readonly ServiceCounts[]): readonly ServiceCounts[] {
  const services = [...new Set(found.map(({ service }) => service))].sort();
  return services.map((service) => {
    const own = found.filter((one) => one.service === service);
    const sum = (name: 'removed' | 'gone' | 'foreign') =>
      own.reduce((total, one) => total + one[name], 0);
    return { service, removed: sum('removed'), gone: sum('gone'), foreign: sum('foreign') };
  });
}
