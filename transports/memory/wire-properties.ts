/**
 * Properties as they are after a trip over the wire, so that memory does not keep what AMQP loses:
 * a timestamp has whole seconds, empty headers are no headers. What needs no change is passed on as it is.
 */
import type { MessageProperties } from '../../runtime/ports/envelope.ts';

function hasKeys(value: object): boolean {
  for (const _ in value) return true;
  return false;
}

function isExact(properties: MessageProperties): boolean {
  const { timestampMs, headers } = properties;
  return (
    (timestampMs === undefined || timestampMs % 1000 === 0) &&
    (headers === undefined || hasKeys(headers))
  );
}

export function wireProperties(properties: MessageProperties): MessageProperties {
  if (isExact(properties)) return properties;
  const { timestampMs, headers, ...rest } = properties;
  return {
    ...rest,
    ...(timestampMs === undefined ? {} : { timestampMs: Math.floor(timestampMs / 1000) * 1000 }),
    ...(headers === undefined || !hasKeys(headers) ? {} : { headers }),
  };
}
