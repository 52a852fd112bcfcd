/**
 * The types of AMQP argument values on the wire (AMQP 0-9-1 §4.2.5.5), by the names that RabbitMQ
 * uses in its error texts.
 */
import type { Arguments } from '../../config/topology.ts';

export type ArgumentValue = Arguments[string];

/** `longstr`, `bool`, `double`, or the smallest signed integer type for the value. */
export function argumentType(value: ArgumentValue): string {
  if (typeof value === 'string') return 'longstr';
  if (typeof value === 'boolean') return 'bool';
  if (!Number.isInteger(value)) return 'double';
  if (value >= -0x80 && value < 0x80) return 'byte';
  if (value >= -0x8000 && value < 0x8000) return 'short';
  return value >= -0x8000_0000 && value < 0x8000_0000 ? 'signedint' : 'long';
}
