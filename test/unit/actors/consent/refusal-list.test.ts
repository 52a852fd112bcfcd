import {
  listedRefusals,
  reasonsText,
  refusalsText,
} from '../../../../actors/consent/refusal-list.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id } from './sample.ts';

const test = suite('refusal list');

function refusals(count: number) {
  return Array.from({ length: count }, (_, at) => {
    return { service: 'tags', nodeId: id(at + 1), reason: `reason ${at + 1}` };
  });
}

test('a text names each reason once', () => {
  assert.is(reasonsText(['a', 'b', 'a']), 'a; b');
  assert.is(reasonsText([]), '');
  assert.is(refusalsText(refusals(1)), `tags says no for ${id(1)}: reason 1`);
});

test('a text names ten reasons, with the number of the others', () => {
  const reasons = refusals(12).map(({ reason }) => reason);
  assert.is(reasonsText(reasons.slice(0, 10)), reasons.slice(0, 10).join('; '));
  assert.is(reasonsText(reasons), `${reasons.slice(0, 10).join('; ')}; and 2 more`);
});

test('an answer lists a hundred refusals, and tells the number where there are more', () => {
  assert.equal(listedRefusals(refusals(100)), { refusals: refusals(100) });
  assert.equal(listedRefusals(refusals(101)), {
    refusals: refusals(100),
    refusals_count: 101,
  });
});

test.run();
