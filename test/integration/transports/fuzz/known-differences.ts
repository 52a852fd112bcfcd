/**
 * What RabbitMQ is known to do otherwise than the model, with the reason: reported as such, never as agreement and never in silence.
 *
 * 1. RabbitMQ 3.10, quorum queues: a delivery that is put back and thereby goes over the queue's delivery limit gives its consumer two
 *    deliveries of credit instead of one, so that it is sent more than its prefetch. Later versions hold credit to the prefetch, as the
 *    model does.
 * 2. A message that is routed to a classic and to a quorum queue and dies in the first at once: its dead letter can reach the quorum queue
 *    before the message itself does, which then waits behind it and does not expire. The model takes both from the queues in turn.
 *    In the same way dead letters on ways of different length, one of them through a quorum queue, arrive in either order.
 * 3. RabbitMQ 3.10 turns the older entries of `x-death` around each time it adds one. The model keeps the latest first, as the
 *    documentation says.
 */
import type { Observation } from './observation.ts';
import type { Step } from './script.ts';

interface Seen {
  readonly steps: readonly Step[];
  readonly memory: Observation;
  readonly rabbitmq: Observation;
}

/** The slots to which RabbitMQ sent more than the model, and nothing else. */
function slotsWithMore({ memory, rabbitmq }: Seen): readonly number[] {
  return memory.received.flatMap((deliveries, slot) => {
    const more = rabbitmq.received[slot]?.slice(0, deliveries.length);
    return more?.join() === deliveries.join() &&
      rabbitmq.received[slot]?.length !== deliveries.length
      ? [slot]
      : [];
  });
}

function isLimited(steps: readonly Step[], name: string): boolean {
  return steps.some(
    (step) =>
      step.op === 'declareQueue' &&
      step.queue.name === name &&
      'x-delivery-limit' in step.queue.arguments,
  );
}

function putBackOverLimit(steps: readonly Step[], slot: number): boolean {
  const start = steps.findLastIndex((step) => step.op === 'consume' && step.slot === slot);
  const consume = steps[start];
  if (consume?.op !== 'consume' || consume.prefetch === 0 || !isLimited(steps, consume.queue))
    return false;
  return steps
    .slice(start)
    .some((step) => step.op === 'settle' && step.slot === slot && step.how === 'requeue');
}

function isQuorum(steps: readonly Step[], name: string): boolean {
  return steps.some(
    (step) =>
      step.op === 'declareQueue' &&
      step.queue.name === name &&
      step.queue.arguments['x-queue-type'] === 'quorum',
  );
}

/** Only quorum queues have more messages left than the model says, after a publish of one that lives no time. */
function deadLetterOvertook({ steps, memory, rabbitmq }: Seen): boolean {
  const last = steps.at(-1);
  const others = Object.keys(memory.queues).filter(
    (name) => memory.queues[name] !== rabbitmq.queues[name],
  );
  return (
    last?.op === 'publish' &&
    last.messages.some(({ expirationMs }) => expirationMs === 0) &&
    memory.result === rabbitmq.result &&
    JSON.stringify(memory.received) === JSON.stringify(rabbitmq.received) &&
    others.every(
      (name) =>
        isQuorum(steps, name) &&
        Number.parseInt(rabbitmq.queues[name] ?? '', 10) >
          Number.parseInt(memory.queues[name] ?? '', 10),
    )
  );
}

/** The same deliveries in each slot, a dead letter among those that changed places. */
function deadLettersChangedPlaces({ steps, memory, rabbitmq }: Seen): boolean {
  const sorted = ({ received, ...rest }: Observation) =>
    JSON.stringify({ ...rest, received: received.map((deliveries) => [...deliveries].sort()) });
  const moved = memory.received.flatMap((deliveries, slot) =>
    deliveries.filter((delivery, at) => rabbitmq.received[slot]?.[at] !== delivery),
  );
  const hasQuorum = steps.some(
    (step) => step.op === 'declareQueue' && isQuorum(steps, step.queue.name),
  );
  return (
    hasQuorum &&
    sorted(memory) === sorted(rabbitmq) &&
    moved.some((delivery) => delivery.includes('"x-death"'))
  );
}

/** The delivery with its deaths but the latest in the order of the alphabet. */
function withSortedDeaths(delivery: string): string {
  const start = delivery.indexOf('{');
  if (!delivery.includes('"x-death"')) return delivery;
  const { 'x-death': deaths = [], ...others } = JSON.parse(delivery.slice(start)) as {
    'x-death'?: readonly object[];
  };
  const [latest, ...older] = deaths.map((death) => JSON.stringify(death));
  return `${delivery.slice(0, start)}${JSON.stringify(others)} ${[latest, ...older.sort()].join()}`;
}

function onlyOlderDeathsDiffer({ memory, rabbitmq }: Seen): boolean {
  const plain = ({ received, ...rest }: Observation) =>
    JSON.stringify({
      ...rest,
      received: received.map((deliveries) => deliveries.map(withSortedDeaths)),
    });
  return plain(memory) === plain(rabbitmq);
}

/** Why the two parted, when that is known. */
export function knownDifference(seen: Seen): string | undefined {
  if (deadLetterOvertook(seen))
    return 'a dead letter came to a quorum queue before the message it was';
  if (deadLettersChangedPlaces(seen))
    return 'dead letters on different ways, one through a quorum queue, came in the other order';
  if (onlyOlderDeathsDiffer(seen)) return 'RabbitMQ 3.10 turns the older entries of x-death around';
  const [slot, ...others] = slotsWithMore(seen);
  if (slot === undefined || others.length > 0 || !putBackOverLimit(seen.steps, slot))
    return undefined;
  return 'RabbitMQ 3.10: a quorum queue gives too much credit back for a delivery over its limit';
}
