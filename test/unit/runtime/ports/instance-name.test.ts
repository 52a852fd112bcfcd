import { InstanceName } from '../../../../runtime/ports/instance-name.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('instance name');

test('at first the name is that of the process, and not in doubt', () => {
  const name = new InstanceName('shop-1');
  assert.equal([name.current, name.inDoubt], ['shop-1', false]);
});

test('a lost answer puts the name in doubt and keeps it: rows under way are still held under it', () => {
  const name = new InstanceName('shop-1');
  name.doubt();
  assert.equal([name.current, name.inDoubt], ['shop-1', true]);
});

test('a renewal returns the old name, and the new name is not in doubt', () => {
  const name = new InstanceName('shop-1');
  name.doubt();
  assert.is(name.renew(), 'shop-1');
  assert.equal([name.current === 'shop-1', name.inDoubt], [false, false]);
});

test('no renewal gives a name that was given before', () => {
  const name = new InstanceName('shop-1');
  const given = Array.from({ length: 50 }, () => name.renew());
  assert.is(new Set([...given, name.current]).size, 51);
});

test('a doubt after a renewal is about the new name', () => {
  const name = new InstanceName('shop-1');
  name.doubt();
  name.renew();
  name.doubt();
  assert.is(name.inDoubt, true);
});

test.run();
