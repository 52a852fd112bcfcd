/**
 * What RabbitMQ is known to do otherwise than the model, with the reason: reported as such, never as agreement and never in silence.
 *
 * 1. RabbitMQ 3.10, quorum queues: a delivery that is put back and thereby goes over the queue's delivery limit gives its consumer two
 *    deliveries of credit instead of one, so that it is sent more than its prefetch. Later versions hold credit to the prefetch, as the
 *    model does.
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
    return more?.join() === deliveries.join() && rabbitmq.received[slot]?.length !== deliveries.length ? [slot] : [];
  });
}

function isLimited(steps: readonly Step[], name: string): boolean {
  return steps.some((step) => step.op === 'declareQueue' && step.queue.name === name && 'x-delivery-limit' in step.queue.arguments);
}

function putBackOverLimit(steps: readonly Step[], slot: number): boolean {
  const start = steps.findLastIndex((step) => step.op === 'consume' && step.slot === slot);
  const consume = steps[start];
  if (consume?.op !== 'consume' || consume.prefetch === 0 || !isLimited(steps, consume.queue)) return false;
  return steps.slice(start).some((step) => step.op === 'settle' && step.slot === slot && step.how === 'requeue');
}

/** Why the two parted, when that is known. */
export function knownDifference(seen: Seen): string | undefined {
  const [slot, ...others] = slotsWithMore(seen);
  if (slot === undefined || others.length > 0 || !putBackOverLimit(seen.steps, slot)) return undefined;
  return 'RabbitMQ 3.10: a quorum queue gives too much credit back for a delivery over its limit';
}
