/** What is told a broker of deliveries that are settled in one tick. */
import { type Channel, IllegalOperationError } from 'amqplib';
import { Acknowledgements } from '../../../../transports/rabbitmq/acknowledgements.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('acknowledgements');

function opened() {
  const told: string[] = [];
  const ack: Channel['ack'] = ({ fields }, multiple) =>
    void told.push(`ack ${multiple === true ? 'to ' : ''}${fields.deliveryTag}`);
  const nack: Channel['nack'] = ({ fields }, _multiple, requeue) =>
    void told.push(`${requeue ? 'retry' : 'reject'} ${fields.deliveryTag}`);
  return { told, acknowledgements: new Acknowledgements({ ack, nack }) };
}

function done(acknowledgements: Acknowledgements, ...tags: number[]): void {
  for (const tag of tags) acknowledgements.settle(tag, 'done');
}

const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

test('what is done in one tick is one frame, without being asked for', async () => {
  const { told, acknowledgements } = opened();
  done(acknowledgements, 1, 2, 3);
  assert.equal(told, []);
  await nextTick();
  assert.equal(told, ['ack to 3']);
});

test('the order in which deliveries are done does not matter', () => {
  const { told, acknowledgements } = opened();
  done(acknowledgements, 3, 1, 2);
  acknowledgements.flush();
  assert.equal(told, ['ack to 3']);
});

test('one alone is acknowledged alone', () => {
  const { told, acknowledgements } = opened();
  done(acknowledgements, 1);
  acknowledgements.flush();
  assert.equal(told, ['ack 1']);
});

test('one frame: what is open is never acknowledged, and what is done behind it does not wait', () => {
  const { told, acknowledgements } = opened();
  done(acknowledgements, 1, 2, 4, 5);
  acknowledgements.flush();
  assert.equal(told, ['ack 4', 'ack 5', 'ack to 2']);
});

test('one frame: an open delivery that is done later takes those behind it along', () => {
  const { told, acknowledgements } = opened();
  done(acknowledgements, 2);
  acknowledgements.flush();
  done(acknowledgements, 1, 3);
  acknowledgements.flush();
  assert.equal(told, ['ack 2', 'ack to 3']);
});

test('one frame: only the last delivery that is done is named, not one that went back behind it', () => {
  const { told, acknowledgements } = opened();
  done(acknowledgements, 1, 2);
  acknowledgements.settle(3, 'retry');
  acknowledgements.flush();
  assert.equal(told, ['retry 3', 'ack to 2']);
});

test('at once: what goes back or dies is told at once', () => {
  const { told, acknowledgements } = opened();
  acknowledgements.settle(2, 'reject');
  acknowledgements.settle(1, 'retry');
  assert.equal(told, ['reject 2', 'retry 1']);
});

test('what was flushed is not told again by the tick that ends', async () => {
  const { told, acknowledgements } = opened();
  done(acknowledgements, 1);
  acknowledgements.flush();
  await nextTick();
  assert.equal(told, ['ack 1']);
});

test('closing channel: a channel that takes nothing any more is no error', async () => {
  const closed = (): never => {
    throw new IllegalOperationError('Channel closed', '');
  };
  const acknowledgements = new Acknowledgements({ ack: closed, nack: closed });
  done(acknowledgements, 1);
  acknowledgements.settle(2, 'retry');
  await nextTick();
});

test.run();
