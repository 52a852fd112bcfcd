/**
 * The command `deletions replay`: gives each finished deletion of a file to the former owner of the
 * nodes, and each deleted card to its service. Counts the outcomes for nodes and cards.
 *
 * - repeatable: a deletion that is done already is counted as gone, so a replay that was broken off
 *   is run again.
 * - in order: the deletions of a saga go one after another, in the order of their removal. Several
 *   sagas go at once.
 */
import { text } from 'node:stream/consumers';
import { type FinishedDeletion, readDeletionFile } from '../actors/consent/deletion-file.ts';
import { idsInParts } from '../actors/consent/node-ids.ts';
import { isJsonObject } from '../config/json.ts';
import { redactText } from '../config/redact.ts';
import { errorText } from '../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import { replayCards } from './card-replays.ts';
import { textOfFile } from './named-file.ts';
import { inOrder, type Outcome, reportReplay } from './replay-outcomes.ts';
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

const idsMax = 10_000;

export async function replayDeletions(options: ReplayOptions): Promise<void> {
  const { file, without = [] } = options;
  const content =
    file === '-' ? await text(process.stdin) : await textOfFile('the file of --file', file);
  const { deletions, cards } = readDeletionFile(content, file === '-' ? 'standard input' : file);
  const isBack = ({ service }: { readonly service: string }) => !without.includes(service);
  const [nodesBack, cardsBack] = [deletions.filter(isBack), cards.filter(isBack)];
  const outcomes = [
    ...(await inOrder(bySaga(nodesBack), replayer(options))),
    ...(await replayCards(cardsBack, options)),
  ];
  reportReplay(options, nodesBack.length + cardsBack.length, outcomes);
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
      const part = new Set(id);
      const kept = retains
        .filter(({ voter }) => !without.includes(voter))
        .map((one) => ({ ...one, ids: one.ids.filter((kept) => part.has(kept)) }))
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
