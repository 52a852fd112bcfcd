/** Properties, headers and bodies on their way through a broker. */

import type { HeaderValue, MessageProperties } from '../../../runtime/ports/envelope.ts';
import { Broken } from '../../../runtime/ports/errors.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { type MessageParts, message } from './harness.ts';
import { Inbox } from './inbox.ts';

async function roundTrip(bench: Bench, parts: Omit<MessageParts, 'routingKey'>) {
  const { transport, queue } = await bench.withQueue();
  await transport.publish(message({ ...parts, routingKey: queue }));
  const delivery = await (await Inbox.open(transport, queue)).take();
  const { userId: _, ...properties } = delivery.properties;
  return { ...delivery, properties };
}

function nested(levels: number): HeaderValue {
  let value: HeaderValue = null;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

const everyProperty: MessageProperties = {
  messageId: '018f/пример/mayDelete/tags',
  correlationId: 'c-1',
  replyTo: 'objects_reply',
  type: 'mayDelete',
  appId: 'objects_model_crud',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  persistent: true,
  expirationMs: 60_000,
  timestampMs: 1_700_000_000_000,
  priority: 4,
  headers: {
    text: 'grün',
    empty: '',
    byte: -1,
    short: 300,
    int: 70_000,
    long: 5_000_000_000,
    safest: Number.MAX_SAFE_INTEGER,
    beyond: 2 ** 60,
    fraction: 0.1,
    yes: true,
    no: false,
    nothing: null,
    list: [1, 'two', null, [true], { deep: 3 }],
    table: { inner: { innermost: 'x' }, '!': 'timestamp', value: 'not one' },
  },
};

export function envelopes(test: Suite, bench: () => Bench): void {
  test('every property and every type of header value arrives as it was sent', async () => {
    assert.equal(
      (await roundTrip(bench(), { properties: everyProperty })).properties,
      everyProperty,
    );
  });

  test('a property that was not set is not there', async () => {
    assert.equal((await roundTrip(bench(), { properties: { persistent: false } })).properties, {
      persistent: false,
    });
  });

  test('empty headers are no headers', async () => {
    assert.equal((await roundTrip(bench(), { properties: { headers: {} } })).properties, {
      persistent: true,
    });
  });

  test('a timestamp keeps its seconds', async () => {
    const { properties } = await roundTrip(bench(), {
      properties: { timestampMs: 1_700_000_000_999 },
    });
    assert.is(properties.timestampMs, 1_700_000_000_000);
  });

  test('a body is bytes', async () => {
    const body = Uint8Array.from({ length: 256 }, (_, index) => index);
    assert.equal([...(await roundTrip(bench(), { body })).body], [...body]);
  });

  test('a body may be empty', async () => {
    assert.is((await roundTrip(bench(), { body: '' })).body.byteLength, 0);
  });

  test('a body may be larger than a frame', async () => {
    const body = Buffer.alloc(300_000, 'unanimous');
    assert.ok(body.equals((await roundTrip(bench(), { body })).body));
  });

  const refused: readonly [string, Partial<MessageProperties>, RegExp][] = [
    [
      'a message id of more than 255 bytes',
      { messageId: 'ä'.repeat(128) },
      /messageId has more than 255 bytes/,
    ],
    [
      'a reply address of more than 255 bytes',
      { replyTo: 'q'.repeat(256) },
      /replyTo has more than 255 bytes/,
    ],
    ['a priority that is no byte', { priority: 256 }, /priority must be/],
    ['an expiration with a fraction', { expirationMs: 1.5 }, /expirationMs must be/],
    ['a negative expiration', { expirationMs: -1 }, /expirationMs must be/],
    ['a negative timestamp', { timestampMs: -1 }, /timestampMs must not be negative/],
    ['a header that adds recipients', { headers: { CC: ['elsewhere'] } }, /header 'CC'/],
    [
      'a header whose name has more than 255 bytes',
      { headers: { ['h'.repeat(256)]: 1 } },
      /the name of a header has more than 255 bytes/,
    ],
    [
      'a header of a header whose name has more than 255 bytes',
      { headers: { list: [{ ['h'.repeat(256)]: 1 }] } },
      /the name of a header has more than 255 bytes/,
    ],
    ['a header that is no number', { headers: { list: [Number.NaN] } }, /the header is NaN/],
    ['headers of 101 levels', { headers: { deep: nested(101) } }, /deeper than 100 levels/],
    [
      'headers that do not fit in a frame',
      { headers: { list: [{ text: 'x'.repeat(65_000) }] } },
      /the headers have 65\d+ bytes/,
    ],
  ];
  // A machine that is written in JavaScript may leave anything out.
  const untyped: readonly [string, object, RegExp][] = [
    [
      'a message without an exchange',
      { exchange: undefined },
      /exchange must be text, found nothing/,
    ],
    ['a message without a routing key', { routingKey: undefined }, /routingKey must be text/],
    ['a routing key that is a number', { routingKey: 5 }, /routingKey must be text, found 5/],
    ['a message id that is a number', { properties: { messageId: 5 } }, /messageId must be text/],
    ['an expiration that is a text', { properties: { expirationMs: '1' } }, /expirationMs must be/],
    ['headers that are a list', { properties: { headers: [1] } }, /headers must be an object/],
    ['headers that are null', { properties: { headers: null } }, /headers must be an object/],
  ];
  const all = refused.map(
    ([title, properties, reason]) => [title, { properties }, reason] as const,
  );
  for (const [title, wrong, reason] of [...all, ...untyped]) {
    test(`${title} is refused and costs nothing else`, async () => {
      const { transport, queue } = await bench().withQueue();
      const before = transport.publish(message({ routingKey: queue, mandatory: true }));
      await assert.rejects(
        transport.publish(Object.assign(message({ routingKey: queue }), wrong)),
        (error) => {
          return (
            error instanceof Broken && error.code === 'bad-message' && reason.test(error.message)
          );
        },
      );
      assert.is((await before).kind, 'confirmed');
      assert.is(
        await bench().publish(transport, { routingKey: queue, mandatory: true }),
        'confirmed',
      );
    });
  }

  test('headers of 64 kilobytes arrive, with every other property', async () => {
    const headers = { list: ['x'.repeat(64_900)] };
    const long = 'i'.repeat(255);
    const properties = { headers, messageId: long, correlationId: long, replyTo: long, type: long };
    assert.equal((await roundTrip(bench(), { properties })).properties, {
      persistent: true,
      ...properties,
    });
  });

  test('255 bytes are not too many', async () => {
    const messageId = 'i'.repeat(255);
    assert.is(
      (await roundTrip(bench(), { properties: { messageId } })).properties.messageId,
      messageId,
    );
  });
}
