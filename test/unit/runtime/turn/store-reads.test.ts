/** What the runtime makes of the results of stores. */
import { Broken } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { storeReads } from '../../../../runtime/turn/store-reads.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('store reads');

function readOf(result: unknown): Promise<Json> {
  const store = { name: 'stock', read: async () => result as Json };
  const services = new Map([['shop', { stores: new Map([['stock', store]]), views: new Map() }]]);
  return storeReads(services)('shop', { store: 'stock', op: 'level', args: null });
}

test('null is a result; undefined is an error that names store and operation', async () => {
  assert.is(await readOf(null), null);
  const error = await readOf(undefined).catch((caught: unknown) => caught);
  assert.ok(error instanceof Broken);
  assert.match(
    error.message,
    /^reading 'level' of 'stock' gave undefined; allowed is JSON, with null/,
  );
});

test.run();
