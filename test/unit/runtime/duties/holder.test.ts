import { Holder } from '../../../../runtime/duties/holder.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('holder');

test('it has the name of its process, and no doubt, to begin with', () => {
  const holder = new Holder('desk-1');
  assert.equal([holder.name, holder.inDoubt], ['desk-1', false]);
});

test('a lost answer puts the name in doubt and does not change it: what is under way is still held under it', () => {
  const holder = new Holder('desk-1');
  holder.doubt();
  assert.equal([holder.name, holder.inDoubt], ['desk-1', true]);
});

test('renewed, it tells the name it gives up and has another one, free of doubt', () => {
  const holder = new Holder('desk-1');
  holder.doubt();
  assert.is(holder.renew(), 'desk-1');
  assert.equal([holder.name === 'desk-1', holder.inDoubt], [false, false]);
});

test('renewed again and again, it never takes a name a second time', () => {
  const holder = new Holder('desk-1');
  const given = Array.from({ length: 50 }, () => holder.renew());
  assert.is(new Set([...given, holder.name]).size, 51);
});

test('doubted while it is renewed, it is in doubt about the new name', () => {
  const holder = new Holder('desk-1');
  holder.doubt();
  holder.renew();
  holder.doubt();
  assert.is(holder.inDoubt, true);
});

test.run();
