/** Headers of every type that RabbitMQ passes on: each is read, or the message is marked and the connection stays. */
import type { Delivery } from '../../../runtime/ports/envelope.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { message, queue, topology } from '../../contract/transport/harness.ts';
import { Inbox } from '../../contract/transport/inbox.ts';
import {
  type Field,
  fieldBytes,
  nestedLists,
  publishRaw,
  sized,
  tableOf,
} from '../../support/raw-publication.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { quickOptions, withChannel } from './rabbitmq-harness.ts';

const test = suite('headers of other clients', { needs: ['rabbitmq'], deadlineMs: 30_000 });
const name = `foreign.${process.pid}.${process.hrtime.bigint().toString(36)}`;
const stay = { '': true };

function field(type: string, ...bytes: number[]): Field {
  return { type, bytes: Uint8Array.from(bytes) };
}

async function received(headers: Uint8Array): Promise<Delivery> {
  const transport = new RabbitmqTransport({ ...quickOptions, urls: [servers.rabbitmq] });
  try {
    await transport.open(topology({ queues: [queue(name)] }));
    const inbox = await Inbox.open(transport, name);
    const raw = { exchange: '', routingKey: name, messageId: 'one', headers, body: Buffer.of(1) };
    await withChannel((channel) => publishRaw(channel, raw, name));
    const delivery = await inbox.take();
    await transport.publish(message({ routingKey: name, properties: { messageId: 'two' } }));
    const next = await inbox.take();
    assert.equal([next.properties.messageId, next.redelivered], ['two', false]);
    return delivery;
  } finally {
    await transport.close();
    await withChannel((channel) => channel.deleteQueue(name));
  }
}

const all = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const readable: readonly (readonly [string, Field, unknown])[] = [
  ['a signed 64 bit number of py-amqp', field('L', ...all), -1],
  ['a signed 64 bit number', field('l', ...all), -1],
  ['an unsigned 32 bit number', field('i', 0xff, 0xff, 0xff, 0xff), 0xffff_ffff],
  ['an unsigned 16 bit number', field('u', 0xff, 0xff), 0xffff],
  ['a signed 8 bit number', field('b', 0xff), -1],
  ['a single float', field('f', 0x3f, 0xc0, 0, 0), 1.5],
  ['a decimal', field('D', 2, 0, 0, 1, 0), 2.56],
  ['a timestamp', field('T', 0, 0, 0, 0, 0, 0, 0, 5), 5_000],
  ['bytes that are no UTF-8', sized('x', Uint8Array.of(0x61, 0xff)), 'a\ufffd'],
  ['a text that is no UTF-8', sized('S', Uint8Array.of(0x61, 0xff)), 'a\ufffd'],
  ['nothing', field('V'), null],
  [
    'a list',
    sized('A', Buffer.concat([field('t', 2), field('s', 0, 7)].map(fieldBytes))),
    [true, 7],
  ],
  ['a table with an empty name', sized('F', tableOf([['', field('t', 1)]])), stay],
];

for (const [what, given, expected] of readable) {
  test(`complete: ${what} arrives, alone and beside a type that amqplib does not know`, async () => {
    const alone = await received(tableOf([['h', given]]));
    assert.equal(alone.properties.headers, { h: expected });
    const beside = await received(
      tableOf([
        ['h', given],
        ['other', field('L', ...all)],
      ]),
    );
    assert.equal(beside.properties.headers, { h: expected, other: -1 });
    assert.is(beside.properties.messageId, 'one');
  });
}

for (const levels of [101, 3_000, 20_000]) {
  test(`bounded: headers of ${levels} levels are marked, and the message arrives`, async () => {
    const { properties } = await received(tableOf([['h', nestedLists(levels)]]));
    assert.is(properties.headers, undefined);
    assert.match(properties.unreadableHeaders ?? '', /nested deeper than 100 levels/);
  });
}

test('bounded: headers of 100 levels arrive', async () => {
  const { headers } = (await received(tableOf([['h', nestedLists(100)]]))).properties;
  assert.is(JSON.stringify(headers), `{"h":${'['.repeat(100)}null${']'.repeat(100)}}`);
});

test.run();
