/** The rows of a participant that a question or a decision finds. */

import type { Dependence } from '../../../../actors/consent/dependences.ts';
import { ledgerStoreName } from '../../../../actors/consent/ledger/store.ts';
import { voterView } from '../../../../actors/consent/reads/consent-view.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import type { Read } from '../../../../runtime/ports/store.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id } from './sample.ts';

const test = suite('dependent rows');

const orders: Dependence = {
  entity: 'tags',
  by: 'nodeId',
  read: (ids) => ({ store: 'orders', op: 'find', args: [...ids] }),
  rules: { delete: { veto: ({ dependants: [first] }) => first && `order ${first.id} is open` } },
};

/** The rows that the orders service finds, of which each node has one. */
async function found(done: readonly string[]): Promise<JsonObject> {
  const view = voterView({ service: 'shop', upstreams: [], dependences: [orders] }, ['orders']);
  const args = asJson({ saga: 'T', mode: 'D', ids: [id(1), id(2)] });
  const read = async ({ store, args: asked }: Read) => {
    if (store === ledgerStoreName) return asJson({ links: [], engaged: [], done });
    return (asked as readonly string[]).map((nodeId) => ({
      id: `of ${nodeId}`,
      version: 1,
      nodeId,
    }));
  };
  return (await view.read('dependants', args, read)) as JsonObject;
}

test('the rows of a node for which the service is done are no longer found, and forbid nothing', async () => {
  const { rows, refusals } = await found([id(1)]);
  assert.equal(
    (rows as readonly JsonObject[]).map(({ node }) => node),
    [id(2)],
  );
  assert.equal(refusals, [{ nodeId: id(2), reason: `order of ${id(2)} is open` }]);
});

test('the rows of all other nodes are found', async () => {
  const { rows, refusals } = await found([]);
  assert.is((rows as readonly unknown[]).length, 2);
  assert.is((refusals as readonly unknown[]).length, 2);
});

test.run();
