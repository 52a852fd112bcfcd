/**
 * Whether a second declaration agrees with the existing object. If not, the broker's reason (406).
 *
 * - Known arguments: only the arguments that RabbitMQ knows are compared. Unknown arguments are kept
 *   from the first declaration and ignored.
 * - Type of the queue: the type of the existing queue decides which arguments are compared, and in
 *   which order.
 */
import type { ExchangeDeclaration, QueueDeclaration } from '../../config/topology.ts';
import { BrokerRefusal } from '../broker-refusal.ts';
import { type ArgumentValue, argumentType } from './argument-types.ts';
import { comparedQueueArguments } from './queue-options.ts';

interface Subject {
  readonly kind: 'queue' | 'exchange';
  readonly name: string;
}

function inequivalent(
  subject: Subject,
  argument: string,
  received: string,
  current: string,
): BrokerRefusal {
  const text = `PRECONDITION_FAILED - inequivalent arg '${argument}' for ${subject.kind} '${subject.name}' in vhost '/': `;
  return new BrokerRefusal(406, `${text}received ${received} but current is ${current}`);
}

function described(value: ArgumentValue | undefined): string {
  return value === undefined ? 'none' : `the value '${value}' of type '${argumentType(value)}'`;
}

function assertField(subject: Subject, field: string, received: unknown, current: unknown): void {
  if (received !== current) throw inequivalent(subject, field, `'${received}'`, `'${current}'`);
}

function assertArgument(
  subject: Subject,
  argument: string,
  received: ArgumentValue | undefined,
  current: ArgumentValue | undefined,
): void {
  if (received === current) return;
  const sameType =
    received !== undefined && current !== undefined && typeof received === typeof current;
  const show = sameType ? (value: ArgumentValue | undefined) => `'${value}'` : described;
  throw inequivalent(subject, argument, show(received), show(current));
}

/** The type of a queue. The declaration of a classic queue may leave the type out. */
function typeOf(declaration: QueueDeclaration): 'classic' | 'quorum' {
  return declaration.arguments['x-queue-type'] === 'quorum' ? 'quorum' : 'classic';
}

export function assertQueueEquivalent(received: QueueDeclaration, current: QueueDeclaration): void {
  const subject: Subject = { kind: 'queue', name: current.name };
  assertField(subject, 'durable', received.durable, current.durable);
  assertField(subject, 'auto_delete', received.autoDelete, current.autoDelete);
  const sameType = typeOf(received) === typeOf(current);
  const names = comparedQueueArguments[typeOf(current)].filter(
    (name) => !(sameType && name === 'x-queue-type'),
  );
  for (const name of names)
    assertArgument(subject, name, received.arguments[name], current.arguments[name]);
}

export function assertExchangeEquivalent(
  received: ExchangeDeclaration,
  current: ExchangeDeclaration,
): void {
  const subject: Subject = { kind: 'exchange', name: current.name };
  assertField(subject, 'type', received.type, current.type);
  assertField(subject, 'durable', received.durable, current.durable);
  assertField(subject, 'auto_delete', received.autoDelete, current.autoDelete);
  const name = 'alternate-exchange';
  assertArgument(subject, name, received.arguments[name], current.arguments[name]);
}
