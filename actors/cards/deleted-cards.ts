/**
 * The finished deletions of a card, from the lines of history under the card's id.
 *
 * - An undeleted card is not deleted. Exception: the card with its content was deleted later, too.
 */

import { isoTime } from '../../config/iso-time.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { DeletedCard } from '../consent/deletion-file.ts';

type History = (topic: string) => Promise<readonly HistoryLine[]>;

/** The deletions of the card, one for each service that has removed a card with the id. */
export async function deletedCards(id: string, history: History): Promise<readonly DeletedCard[]> {
  const lines = await history(id);
  const removed = lines.filter(({ line }) => line['what'] === 'card removed');
  const byService = new Map(removed.map(({ address, atMs }) => [address.service, atMs]));
  const burn = burnIn(lines);
  const found: DeletedCard[] = [];
  for (const [service, atMs] of byService)
    if (await isDeleted(id, service, history))
      found.push({
        card: id,
        service,
        deleted: isoTime(atMs),
        ...(burn === undefined ? {} : { burn }),
      });
  return found;
}

async function isDeleted(id: string, service: string, history: History): Promise<boolean> {
  const lines = (await history(id)).filter(({ address }) => address.service === service);
  const undeleted = lines.find(({ line }) => line['what'] === 'card undeleted');
  const successor = undeleted?.line['as'];
  if (typeof successor === 'string') return isDeleted(successor, service, history);
  return lines.some(({ line }) => line['what'] === 'card removed');
}

/** The hash of the transaction that has burned the token. */
function burnIn(lines: readonly HistoryLine[]): string | undefined {
  const hashes = lines
    .filter(({ line }) => line['what'] === 'token burned for good')
    .map(({ line }) => line['hash']);
  return hashes.findLast((hash) => typeof hash === 'string');
}
