/**
 * Publishes a message under a span of its own, whose context goes along in place of the context of
 * the step that asked for the message. Each try has its span.
 *
 * - In order: the message is given to the transport before the function returns.
 * - A message without a context is published without a span.
 */
import type { OutgoingMessage } from '../ports/envelope.ts';
import { endedSpan, type Tracer, traceContextIn, withTraceContext } from '../ports/tracing.ts';
import type { PublishOutcome, Transport } from '../ports/transport.ts';

type Publish = Transport['publish'];

/** Rejects as `publish` does. */
export function tracedPublish(
  message: OutgoingMessage,
  tracer: Tracer,
  publish: Publish,
): Promise<PublishOutcome> {
  const { exchange, routingKey, properties } = message;
  const parent = traceContextIn(properties.headers);
  if (parent === undefined) return publish(message);
  const { type = 'message', messageId = '', correlationId = '' } = properties;
  const span = tracer.start({
    name: `publish ${type}`,
    kind: 'producer',
    parent,
    attributes: {
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': exchange === '' ? routingKey : `${exchange}:${routingKey}`,
      'messaging.rabbitmq.destination.routing_key': routingKey,
      'messaging.message.id': messageId,
      'messaging.message.conversation_id': correlationId,
    },
  });
  const headers = withTraceContext(properties.headers, span.context);
  return endedSpan(
    span,
    publish({ ...message, properties: { ...properties, headers } }),
    (outcome) => (outcome.kind === 'returned' ? `returned: ${outcome.reason}` : undefined),
  );
}
