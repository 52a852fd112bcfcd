/**
 * The arguments of a queue, with the checks of RabbitMQ at the creation of a queue, under the names
 * that the code uses.
 *
 * - Refused values: a value that RabbitMQ refuses is refused with RabbitMQ's code (406) and reason.
 * - Missing features: features of RabbitMQ that this model lacks (`x-max-priority`, streams) are
 *   refused by name (540), never ignored.
 */
import type { QueueDeclaration } from '../../config/topology.ts';
import { BrokerRefusal } from '../broker-refusal.ts';
import { type ArgumentValue, argumentType } from './argument-types.ts';

/** A limit that was not given is Infinity. */
export interface QueueOptions {
  readonly type: 'classic' | 'quorum';
  readonly messageTtlMs: number;
  /** The time after which an unused queue is deleted. */
  readonly expiresMs: number | undefined;
  readonly maxLength: number;
  readonly maxLengthBytes: number;
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx';
  readonly deadLetterExchange: string | undefined;
  readonly deadLetterRoutingKey: string | undefined;
  readonly deliveryLimit: number | undefined;
  readonly singleActiveConsumer: boolean;
}

type Kind = 'positive' | 'count' | 'duration' | 'text' | 'flag';

const argumentKinds: Readonly<Record<string, Kind>> = {
  'x-expires': 'positive',
  'x-dead-letter-exchange': 'text',
  'x-dead-letter-routing-key': 'text',
  'x-message-ttl': 'duration',
  'x-max-length': 'count',
  'x-max-length-bytes': 'count',
  'x-overflow': 'text',
  'x-single-active-consumer': 'flag',
  'x-queue-type': 'text',
  'x-delivery-limit': 'count',
};

/**
 * The arguments that a second declaration must repeat, by the type of the existing queue, in RabbitMQ's
 * order.
 */
export const comparedQueueArguments: Readonly<Record<QueueOptions['type'], readonly string[]>> = {
  classic: [
    'x-expires',
    'x-message-ttl',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-max-length',
    'x-max-length-bytes',
    'x-overflow',
    'x-queue-mode',
    'x-single-active-consumer',
    'x-queue-type',
  ],
  quorum: [
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-expires',
    'x-max-length',
    'x-max-length-bytes',
    'x-overflow',
    'x-single-active-consumer',
    'x-queue-type',
    'x-delivery-limit',
    'x-message-ttl',
  ],
};

/** RabbitMQ's longest duration: the limit of an Erlang timer. */
const longestMs = 0xffff_ffff;
const overflows: readonly unknown[] = ['drop-head', 'reject-publish', 'reject-publish-dlx'];

function wrongNumber(value: ArgumentValue, kind: Kind): string | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value))
    return `"expected integer, got ${argumentType(value)}"`;
  if (value < 0) return `{value_negative,${value}}`;
  if (value === 0 && kind === 'positive') return '{value_zero,0}';
  return value > longestMs && kind !== 'count' ? `{value_too_large,${value}}` : undefined;
}

function wrongValue(value: ArgumentValue, kind: Kind): string | undefined {
  if (kind === 'text')
    return typeof value === 'string' ? undefined : `{unacceptable_type,${argumentType(value)}}`;
  if (kind === 'flag')
    return typeof value === 'boolean' ? undefined : `{unacceptable_type,${argumentType(value)}}`;
  return wrongNumber(value, kind);
}

function invalid(queue: string, argument: string, reason: string): BrokerRefusal {
  return new BrokerRefusal(
    406,
    `PRECONDITION_FAILED - invalid arg '${argument}' for queue '${queue}' in vhost '/'${reason}`,
  );
}

function checkValues({ name, arguments: args }: QueueDeclaration): void {
  for (const [argument, kind] of Object.entries(argumentKinds)) {
    const value = args[argument];
    const reason = value === undefined ? undefined : wrongValue(value, kind);
    if (reason !== undefined) throw invalid(name, argument, `: ${reason}`);
  }
  const overflow = args['x-overflow'];
  if (overflow !== undefined && !overflows.includes(overflow))
    throw invalid(name, 'x-overflow', ': invalid_overflow');
  if (
    args['x-dead-letter-routing-key'] !== undefined &&
    args['x-dead-letter-exchange'] === undefined
  ) {
    throw invalid(name, 'x-dead-letter-routing-key', ': routing_key_but_no_dlx_defined');
  }
}

function checkSupported({ name, arguments: args }: QueueDeclaration): void {
  if (args['x-max-priority'] !== undefined) {
    throw new BrokerRefusal(
      540,
      `NOT_IMPLEMENTED - argument 'x-max-priority' of queue '${name}' is not supported by the memory broker`,
    );
  }
  if (args['x-queue-type'] === 'stream') {
    throw new BrokerRefusal(
      540,
      `NOT_IMPLEMENTED - queue type 'stream' of queue '${name}' is not supported by the memory broker`,
    );
  }
}

function checkType(declaration: QueueDeclaration): QueueOptions['type'] {
  const { name, durable, exclusive, autoDelete } = declaration;
  const type = declaration.arguments['x-queue-type'] ?? 'classic';
  if (type === 'classic' && declaration.arguments['x-delivery-limit'] !== undefined) {
    throw invalid(name, 'x-delivery-limit', ' of queue type rabbit_classic_queue');
  }
  if (type === 'classic') return 'classic';
  if (type !== 'quorum')
    throw invalid(name, 'x-queue-type', `: "unsupported queue type '${type}'"`);
  const property = autoDelete
    ? 'auto-delete'
    : exclusive
      ? 'exclusive-owner'
      : durable
        ? undefined
        : 'non-durable';
  if (property === undefined) return 'quorum';
  throw new BrokerRefusal(
    406,
    `PRECONDITION_FAILED - invalid property '${property}' for queue '${name}' in vhost '/'`,
  );
}

function numberIn(declaration: QueueDeclaration, argument: string): number | undefined {
  const value = declaration.arguments[argument];
  return typeof value === 'number' ? value : undefined;
}

function textIn(declaration: QueueDeclaration, argument: string): string | undefined {
  const value = declaration.arguments[argument];
  return typeof value === 'string' ? value : undefined;
}

function overflowOf(declaration: QueueDeclaration): QueueOptions['overflow'] {
  const overflow = declaration.arguments['x-overflow'];
  return overflow === 'reject-publish' || overflow === 'reject-publish-dlx'
    ? overflow
    : 'drop-head';
}

/** The options of a declaration. Throws `BrokerRefusal`. */
export function queueOptions(declaration: QueueDeclaration): QueueOptions {
  checkSupported(declaration);
  checkValues(declaration);
  return {
    type: checkType(declaration),
    messageTtlMs: numberIn(declaration, 'x-message-ttl') ?? Number.POSITIVE_INFINITY,
    expiresMs: numberIn(declaration, 'x-expires'),
    maxLength: numberIn(declaration, 'x-max-length') ?? Number.POSITIVE_INFINITY,
    maxLengthBytes: numberIn(declaration, 'x-max-length-bytes') ?? Number.POSITIVE_INFINITY,
    overflow: overflowOf(declaration),
    deadLetterExchange: textIn(declaration, 'x-dead-letter-exchange'),
    deadLetterRoutingKey: textIn(declaration, 'x-dead-letter-routing-key'),
    deliveryLimit: numberIn(declaration, 'x-delivery-limit'),
    singleActiveConsumer: declaration.arguments['x-single-active-consumer'] === true,
  };
}
