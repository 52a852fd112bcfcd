/** How many calls to the system the frames of a tick are. */
import { Duplex } from 'node:stream';
import { coalesceWrites } from '../../../../transports/rabbitmq/coalesced-writes.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('coalesced writes');

function socket() {
  const sent: string[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write(chunk, _encoding, callback) {
      sent.push(String(chunk));
      callback();
    },
    writev(chunks, callback) {
      sent.push(chunks.map(({ chunk }) => String(chunk)).join('+'));
      callback();
    },
  });
  coalesceWrites(stream);
  return { stream, sent };
}

const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

test('frames of one tick leave together, in order', async () => {
  const { stream, sent } = socket();
  for (const frame of ['a', 'b', 'c']) stream.write(frame);
  assert.equal(sent, []);
  await nextTick();
  assert.equal(sent, ['a+b+c']);
});

test('what is written in the next tick waits for nothing', async () => {
  const { stream, sent } = socket();
  stream.write('a');
  await nextTick();
  stream.write('b');
  await nextTick();
  assert.equal(sent, ['a', 'b']);
});

test('the end of the stream comes after what was written before it', async () => {
  const { stream, sent } = socket();
  stream.write('a');
  stream.end('b');
  await new Promise((resolve) => stream.on('finish', resolve));
  assert.is(sent.join('+'), 'a+b');
});

test('a full stream says so', () => {
  const { stream } = socket();
  assert.is(stream.write('x'.repeat(stream.writableHighWaterMark)), false);
});

test.run();
