import fc from 'fast-check';
import { Ring } from '../../../transports/ring.ts';
import { assert, seed, suite } from '../../support/suite.ts';

const test = suite('ring');

type Step =
  | { readonly kind: 'push' | 'insert'; readonly value: number }
  | { readonly kind: 'shift' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), value: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('insert' as const), value: fc.nat() }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'shift' as const }) },
);

function apply(step: Step, ring: Ring<number>, model: number[]): void {
  if (step.kind === 'push') {
    ring.push(step.value);
    model.push(step.value);
  } else if (step.kind === 'insert') {
    const index = step.value % (model.length + 1);
    ring.insert(index, step.value);
    model.splice(index, 0, step.value);
  } else assert.is(ring.shift(), model.shift());
}

test('it holds what an array would hold', () => {
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const [ring, model] = [new Ring<number>(), [] as number[]];
    for (const one of steps) apply(one, ring, model);
    assert.equal(ring.toArray(), model);
    assert.is(ring.length, model.length);
    assert.is(ring.peek(), model[0]);
    assert.is(ring.at(3), model[3]);
  });
  fc.assert(property, { seed: seed(), numRuns: 300 });
});

test('memory: it is empty and usable after it has been large', () => {
  const ring = new Ring<number>();
  for (let value = 0; value < 10_000; value += 1) ring.push(value);
  for (let value = 0; value < 10_000; value += 1) assert.is(ring.shift(), value);
  assert.is(ring.shift(), undefined);
  ring.push(7);
  assert.equal(ring.toArray(), [7]);
});

test('retain keeps the order', () => {
  const ring = new Ring<number>();
  for (const value of [1, 2, 3, 4, 5]) ring.push(value);
  ring.retain((value) => value % 2 === 1);
  assert.equal(ring.toArray(), [1, 3, 5]);
});

test.run();
