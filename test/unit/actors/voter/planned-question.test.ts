/** A voter's answers to the questions of a planned deletion. */
import { nodeLine, voteLine } from '../../../../actors/consent/inventory.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, ok, subscription, under } from '../consent/sample.ts';
import { dependants, event, service, views, voter } from './voter-scenario.ts';

const test = suite('voter: planned deletion');

const inventory = under('T', { 'consent-inventory': 1 });
const engaged20 = [
  nodeLine({ service, id: id(20), epoch: 20 }),
  voteLine({ askedBy: service, nodeId: id(20), voter: 'views', no: null }),
];

test('a planned deletion: its ok says what it takes along, and what those it asked have said they do', () => {
  const found = dependants(1, [subscription(20, 'views')]);
  const asked = voter().when(event('mayDelete', [1], { found, headers: inventory }));
  assert.is(asked.asked()[0]?.headers?.['consent-inventory'], 1);
  const below = nodeLine({ service: 'views', id: id(30), epoch: 1 });
  const { engaged } = asked.answers(views, { response: 'ok', engaged: [below] }).answered() as {
    engaged: string[];
  };
  assert.equal([...engaged].sort(), [...engaged20, below].sort());
});

test('a planned deletion: a list is told once what goes along, a repeated question again', () => {
  const found = dependants(1, [subscription(20, 'views')]);
  const list = voter()
    .when(event('mayDelete', [1, 2], { found, headers: inventory }))
    .answers(views, ok);
  const { results, engaged } = list.answered() as { results: JsonObject; engaged: string[] };
  assert.equal(
    [Object.keys(results), [...engaged].sort()],
    [[id(1), id(2)], [...engaged20].sort()],
  );
  const again = list.when(event('mayDelete', [1], { headers: inventory, exchange: 'alerts' }));
  assert.equal((again.answered() as { engaged: string[] }).engaged.length, 2);
});

test('a planned deletion: what takes nothing along says nothing of it', () => {
  voter()
    .when(event('mayDelete', [1], { headers: inventory }))
    .then({ replies: [{ body: ok }] });
});

test.run();
