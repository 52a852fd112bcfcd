/** Gives each deleted card of a file to the service of the card, over one connection a service. */
import type { DeletedCard } from '../actors/consent/deletion-file.ts';
import { isJsonObject } from '../config/json.ts';
import { redactText } from '../config/redact.ts';
import { errorText } from '../runtime/ports/errors.ts';
import type { Json } from '../runtime/ports/json.ts';
import { inOrder, type Outcome } from './replay-outcomes.ts';
import { withServiceAccess } from './service-requests.ts';
import type { StorageOptions } from './storage-options.ts';

type CardReplayOptions = StorageOptions & {
  readonly by: string;
  readonly why: string;
  readonly timeoutMs: number;
};

export async function replayCards(
  cards: readonly DeletedCard[],
  options: CardReplayOptions,
): Promise<readonly Outcome[]> {
  const services = [...new Set(cards.map(({ service }) => service))];
  const outcomes: Outcome[] = [];
  for (const service of services) {
    const own = cards.filter((card) => card.service === service);
    outcomes.push(...(await cardsOf(service, own, options)));
  }
  return outcomes;
}

async function cardsOf(
  service: string,
  cards: readonly DeletedCard[],
  options: CardReplayOptions,
): Promise<readonly Outcome[]> {
  const { by, why, timeoutMs } = options;
  try {
    return await withServiceAccess(service, options, (access) =>
      inOrder(
        cards.map((card) => [card]),
        async ({ card, burn }) => {
          const data = { id: card, ...(burn === undefined ? {} : { burn }), by, why };
          const answer = access.request('replayDeletion', data, timeoutMs);
          const outcome = answer.then((body) => outcomeOf(service, card, body));
          return [await outcome.catch((error) => ({ service, card, reason: textOf(error) }))];
        },
      ),
    );
  } catch (error) {
    return [{ service, reason: textOf(error) }];
  }
}

function textOf(error: unknown): string {
  return redactText(errorText(error));
}

function outcomeOf(service: string, card: string, answer: Json): Outcome {
  const { error, partly, gone } = isJsonObject(answer) ? answer : {};
  if (isJsonObject(error)) return { service, card, reason: redactText(String(error['message'])) };
  if (partly !== undefined)
    return { service, card, reason: `files are left: ${redactText(JSON.stringify(partly))}` };
  const wasGone = Number(gone === true);
  return { service, removed: 1 - wasGone, gone: wasGone, foreign: 0 };
}
