import { FamilyCache } from '../../../runtime/family-cache.ts';
import type { Family } from '../../../runtime/machine-step.ts';
import type { Input } from '../../../runtime/mailbox.ts';
import { assert, suite } from '../../support/suite.ts';
import { address, eventInput } from './turn-bench.ts';

const test = suite('family cache');
const family = { tokens: 0 } as Family;

function message(identity: string, key = 'one'): Input {
  return { ...eventInput('add', {}, { identity, key }), settle: () => undefined };
}

test('1: the one whose last turn is longest ago goes first', () => {
  const cache = new FamilyCache({ max: 2, alone: true });
  for (const key of ['a', 'b', 'a', 'c']) cache.put(address(key), { version: 1, family });
  assert.equal(
    ['a', 'b', 'c'].map((key) => cache.get(address(key)) !== undefined),
    [true, false, true],
  );
});

test('1: what is dropped is not had any more', () => {
  const cache = new FamilyCache({ max: 2, alone: true });
  cache.put(address(), { version: 1, family });
  cache.drop(address());
  assert.is(cache.get(address()), undefined);
});

test('2: alone with the journal, everything kept is believed', () => {
  assert.is(new FamilyCache({ max: 2, alone: true }).believes([message('m1')]), true);
});

test('2: with others, belief is earned by a run of loads that found nothing changed, and lost by one that did', () => {
  const cache = new FamilyCache({ max: 2, alone: false });
  const believed: boolean[] = [];
  for (let load = 0; load < 64; load += 1) {
    believed.push(cache.believes([message('m1')]));
    cache.compared(true);
  }
  assert.is(believed.includes(true), false);
  assert.is(cache.believes([message('m1')]), true);
  cache.compared(false);
  assert.is(cache.believes([message('m1')]), false);
});

test('3: a message handled a moment ago is asked about, by its actor alone', () => {
  const cache = new FamilyCache({ max: 2, alone: true });
  cache.handled([message('m1')]);
  assert.equal(
    [[message('m2'), message('m1')], [message('m1', 'two')], [message('m2')]].map((inputs) => cache.believes(inputs)),
    [false, true, true],
  );
});

test('3: not more than some thousands of messages are remembered', () => {
  const cache = new FamilyCache({ max: 2, alone: true });
  cache.handled([message('first')]);
  for (let n = 0; n < 4_096; n += 1) cache.handled([message(`m${n}`)]);
  assert.is(cache.believes([message('first')]), true);
});

test.run();
