/**
 * The questions that HTTP asks in place of a gateway, in the name of the gateway. So a read is one
 * question and one answer, where it would be two of each.
 *
 * - Passed on: only a route that passes its messages on (`passedTo`) has such a question. A gateway of
 *   somebody's own need not have one.
 * - Reads only: a message that changes something has the identity that its gateway gives it.
 * - Nothing left out: a service with `trust` checks its senders, and a service with `broker_user` sends
 *   as its own user. A process with such a service sends every message through the gateway.
 * - Limits of the gateway: they bound the message that the gateway would get, and the answer.
 */
import type { BodyLimits } from '../../runtime/messages/codec.ts';
import type { Passed, ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { answerLimits } from '../../runtime/messages/unreadable-answer.ts';

export type ServedService = Pick<ServiceDefinition, 'config' | 'messages'>;

/** The question in place of a message to a gateway. */
export interface Straight extends Passed {
  /** Of messages to the gateway. */
  readonly limits: BodyLimits;
  /** Of answers to the gateway. */
  readonly answerLimits: BodyLimits;
}

/** By action. */
export type StraightReads = ReadonlyMap<string, Straight>;

export const noStraightReads: StraightReads = new Map();

/** Whether the message changes nothing. */
export function isRead(action: string): boolean {
  return action === 'read' || action === 'list' || action.startsWith('getLinked');
}

/** The questions in place of reads of that service. `services`: all of the process. */
export function straightReadsOf(name: string, services: readonly ServedService[]): StraightReads {
  const service = services.find(({ config }) => config.svcName === name);
  const isChecked = services.some(
    ({ config: { trust, brokerUser } }) => trust !== undefined || brokerUser !== undefined,
  );
  if (service === undefined || isChecked) return noStraightReads;
  const { limits } = service.config;
  const both = { limits, answerLimits: answerLimits(limits) };
  const reads = Object.entries(service.messages).flatMap(([action, { passedTo }]) =>
    passedTo === undefined || !isRead(action) ? [] : [[action, { ...passedTo, ...both }] as const],
  );
  return new Map(reads);
}
