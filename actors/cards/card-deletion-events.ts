/** The parts of events and of the context that several actions of a card's deletion need. Pure. */
import { assertEvent } from 'xstate';
import { Refused } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type {
  CardFoundEvent,
  DeletionContext,
  DeletionEvent,
  FileToRemove,
  ProcessedEvent,
  RequestEvent,
} from './card-deletion.ts';
import { partId } from './part-id.ts';
import { filesOf, type Turn } from './store.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

export function requestOf(event: Events): RequestEvent {
  assertEvent(event, ['delete', 'mcard_burn', 'replayDeletion']);
  return event;
}

const answerTypes = [
  'transaction.marked',
  'transaction.confirmed',
  'transaction.failed',
  'token.checked',
  'token.burned',
] as const;

export function processedOf(event: Events): ProcessedEvent {
  assertEvent(event, answerTypes);
  return event;
}

export function foundOf(event: Events): CardFoundEvent {
  assertEvent(event, 'card.found');
  return event;
}

export function turnOf(event: Events): Turn {
  assertEvent(event, 'turn.found');
  return event.$.read;
}

export function lockRequest({ card: { id, transaction } }: Pick<Context, 'card'>) {
  const name =
    transaction === null ? identityOf('card', id) : identityOf('transaction', transaction);
  return { name, holder: id };
}

/** The files that go with the card: those that no other card lists, each once. */
export function filesToRemove(context: Context, { $ }: CardFoundEvent): readonly FileToRemove[] {
  const { card, shared } = $.read;
  const urls = card === null ? [] : [...filesOf(card).values()];
  return urls
    .filter((url) => !shared.includes(url))
    .map((url, index) => ({ url, id: partId(context, 'file', String(index)) }));
}

/** The refusal of a deletion that was called off. */
export function calledOff({ card, refusal }: Context): Refused {
  const reason = String(refusal?.['message'] ?? 'without a reason');
  return new Refused('refused', `the deletion of the card '${card.id}' is called off: ${reason}`);
}
