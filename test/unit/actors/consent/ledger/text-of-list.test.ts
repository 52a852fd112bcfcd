import { textOfList } from '../../../../../actors/consent/ledger/sql/text-of-list.ts';
import { assert, suite } from '../../../../support/suite.ts';

const test = suite('the text of a list of ids');

/** The number of texts that were made stands at the end of each text. */
function world() {
  let made = 0;
  const text = textOfList((list) => {
    made += 1;
    return `${list.length} ids, ${made}`;
  });
  return { text, ids: Array.from({ length: 1_000 }, (_, at) => `id ${at}`) };
}

test('a frozen list has one text', () => {
  const { text, ids } = world();
  const frozen = Object.freeze(ids);
  assert.equal([text(frozen), text(frozen)], ['1000 ids, 1', '1000 ids, 1']);
  assert.equal(text(Object.freeze([...ids])), '1000 ids, 2');
});

test('a list that can change gets a text of its present ids', () => {
  const { text, ids } = world();
  text(ids);
  ids.push('another');
  assert.equal(text(ids), '1001 ids, 2');
});

test.run();
