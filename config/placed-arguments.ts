/**
 * Whose an AMQP argument is. An entry of the file has one flat `arguments` for its exchange, its queue and its binding.
 *
 * 1. Arguments the broker knows for exchanges are the exchange's, those it knows for queues the queue's.
 * 2. On a headers exchange all others are the binding's: `x-match` and the headers to match.
 * 3. Elsewhere the others (of plugins) are the queue's, or the exchange's when the entry has no queue.
 * 4. An argument that finds no place is returned as misplaced, never dropped.
 */
import type { Arguments, ExchangeType } from './topology.ts';

const exchangeArguments = new Set(['alternate-exchange', 'x-delayed-type']);
const queueArguments = new Set([
  'x-consumer-timeout',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-dead-letter-strategy',
  'x-delivery-limit',
  'x-expires',
  'x-initial-cluster-size',
  'x-max-age',
  'x-max-in-memory-bytes',
  'x-max-in-memory-length',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-priority',
  'x-message-ttl',
  'x-overflow',
  'x-queue-leader-locator',
  'x-queue-master-locator',
  'x-queue-mode',
  'x-queue-type',
  'x-queue-version',
  'x-quorum-initial-group-size',
  'x-single-active-consumer',
  'x-stream-filter-size-bytes',
  'x-stream-max-segment-size-bytes',
]);

export interface PlacedArguments {
  readonly exchange: Arguments;
  readonly queue: Arguments;
  readonly binding: Arguments;
  /** Names of arguments for something the entry does not have. */
  readonly misplaced: readonly string[];
}

export interface ArgumentPlaces {
  readonly type: ExchangeType;
  readonly queue: boolean;
  readonly binding: boolean;
}

type Place = 'exchange' | 'queue' | 'binding';

export function placeArguments(given: Arguments, places: ArgumentPlaces): PlacedArguments {
  const isFor = (name: string, place: Place) => placeOf(name, places) === place;
  const pick = (place: Place) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => isFor(name, place)));
  const misplaced = Object.keys(given).filter((name) => placeOf(name, places) === undefined);
  return { exchange: pick('exchange'), queue: pick('queue'), binding: pick('binding'), misplaced };
}

function placeOf(name: string, places: ArgumentPlaces): Place | undefined {
  if (exchangeArguments.has(name)) return 'exchange';
  if (queueArguments.has(name)) return places.queue ? 'queue' : undefined;
  if (places.type === 'headers' || name === 'x-match')
    return places.type === 'headers' && places.binding ? 'binding' : undefined;
  return places.queue ? 'queue' : 'exchange';
}
