import type { MessageProperties as AmqpProperties } from 'amqplib';
import {
  publishOptions,
  receivedProperties,
} from '../../../../transports/rabbitmq/property-codec.ts';
import { message } from '../../../contract/transport/harness.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('property codec');

const none: AmqpProperties = {
  contentType: undefined,
  contentEncoding: undefined,
  headers: undefined,
  deliveryMode: undefined,
  priority: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  timestamp: undefined,
  type: undefined,
  userId: undefined,
  appId: undefined,
  clusterId: undefined,
};

test('units: milliseconds become seconds and a decimal string', () => {
  const { timestamp, expiration } = publishOptions(
    message({ routingKey: 'q', properties: { timestampMs: 1_999, expirationMs: 1_500 } }),
    'tags',
  );
  assert.equal([timestamp, expiration], [1, '1500']);
  const { timestampMs, expirationMs } = receivedProperties({
    ...none,
    timestamp: 1,
    expiration: '1500',
  });
  assert.equal([timestampMs, expirationMs], [1_000, 1_500]);
});

test('typed headers: a header that looks like one of amqplib’s typed values is sent as a table', () => {
  const { headers } = publishOptions(
    message({ routingKey: 'q', properties: { headers: { trap: { '!': 'byte', value: 'x' } } } }),
    'tags',
  );
  assert.equal(headers['trap']['!'], 'object');
});

test('typed headers: a number beyond 2^53 is sent as a double', () => {
  const { headers } = publishOptions(
    message({ routingKey: 'q', properties: { headers: { large: 2 ** 60 } } }),
    'tags',
  );
  assert.equal(headers['large'], { '!': 'double', value: 2 ** 60 });
});

test('JSON: timestamps, decimals and byte strings in headers come in as JSON', () => {
  const headers = {
    time: { '!': 'timestamp', value: 5 },
    price: { '!': 'decimal', value: { places: 2, digits: 1999 } },
    bytes: Buffer.from('text'),
    list: [Buffer.from('a'), { '!': 'timestamp', value: 1 }],
  };
  const received = receivedProperties({
    ...none,
    headers: headers as unknown as NonNullable<AmqpProperties['headers']>,
  });
  assert.equal(received.headers, { time: 5_000, price: 19.99, bytes: 'text', list: ['a', 1_000] });
});

test('user: the user of the connection goes out, whatever the message says', () => {
  const outgoing = message({ routingKey: 'q', properties: { userId: 'objects' } });
  assert.is(publishOptions(outgoing, 'tags').userId, 'tags');
  assert.is(receivedProperties({ ...none, userId: 'tags' }).userId, 'tags');
});

test('what another client left out is left out', () => {
  assert.equal(receivedProperties(none), { persistent: false });
});

test.run();
