import type { Input, Settlement } from '../../../../runtime/messages/input.ts';
import { Mailboxes } from '../../../../runtime/turn/mailbox.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('mailbox');

function input(key: string, token: string, settled: string[] = []): Input {
  const settle = (settlement: Settlement) => settled.push(`${token} ${settlement}`);
  return { kind: 'timer', address: { service: 's', machine: 'm', key }, token, settle };
}
const tokens = (inputs: readonly Input[]) =>
  inputs.map((each) => (each.kind === 'event' ? '' : each.token));

test('what waits is taken at once, in order', () => {
  const boxes = new Mailboxes();
  for (const token of ['1', '2', '3']) boxes.post(input('a', token));
  assert.equal(
    boxes.take(9).map(({ inputs }) => tokens(inputs)),
    [['1', '2', '3']],
  );
});

test('what comes while a turn runs waits for the next', () => {
  const boxes = new Mailboxes();
  boxes.post(input('a', '1'));
  const [running] = boxes.take(9);
  boxes.post(input('a', '2'));
  assert.equal(boxes.take(9), []);
  if (running) boxes.release(running.slot);
  assert.equal(
    boxes.take(9).map(({ inputs }) => tokens(inputs)),
    [['2']],
  );
});

test('an actor without work can be claimed, and its inputs wait until it is released', () => {
  const boxes = new Mailboxes();
  const address = { service: 's', machine: 'm', key: 'a' };
  const slot = boxes.claim(address);
  assert.is(boxes.claim(address), undefined);
  boxes.post(input('a', '1'));
  assert.equal([boxes.take(9), slot?.inputs.length], [[], 1]);
  if (slot) boxes.release(slot);
  assert.is(boxes.claim(address), undefined);
  assert.equal(
    boxes.take(9).map(({ inputs }) => tokens(inputs)),
    [['1']],
  );
});

test('actors are taken in the order in which they became ready, at most the limit', () => {
  const boxes = new Mailboxes();
  for (const key of ['a', 'b', 'c']) boxes.post(input(key, key));
  assert.equal(
    boxes.take(2).map(({ slot }) => slot.address.key),
    ['a', 'b'],
  );
  assert.is(boxes.waiting, 1);
});

test('what is put back comes first again, and not before its release', () => {
  const boxes = new Mailboxes();
  boxes.post(input('a', '1'));
  const [running] = boxes.take(9);
  boxes.post(input('a', '2'));
  if (running === undefined) throw new Error('nothing was taken');
  boxes.putBack(running.slot, running.inputs);
  boxes.post(input('a', '3'));
  assert.is(boxes.waiting, 0);
  boxes.release(running.slot);
  assert.equal(
    boxes.take(9).map(({ inputs }) => tokens(inputs)),
    [['1', '2', '3']],
  );
});

test('what is abandoned is settled as retry, once', () => {
  const settled: string[] = [];
  const boxes = new Mailboxes();
  boxes.post(input('a', '1', settled));
  boxes.abandon();
  boxes.abandon();
  assert.equal([settled, boxes.busy], [['1 retry'], 0]);
});

test('an actor without anything is forgotten', () => {
  const boxes = new Mailboxes();
  boxes.post(input('a', '1'));
  const [running] = boxes.take(9);
  if (running) boxes.release(running.slot);
  assert.is(boxes.busy, 0);
});

test.run();
