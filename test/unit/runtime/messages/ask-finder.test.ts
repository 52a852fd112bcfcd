import { AskFinder } from '../../../../runtime/messages/ask-finder.ts';
import type { AskRow } from '../../../../runtime/ports/journal-rows.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('ask finder');

function row(correlationId: string): AskRow {
  return {
    correlationId,
    address: { service: 's', machine: 'm', key: 'k' },
    path: [],
    event: 'answered',
  };
}

function everythingReady(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A journal whose looks end when the test says so. */
function bench() {
  const looks: { readonly ids: readonly string[]; end(error?: Error): void }[] = [];
  const finder = new AskFinder({
    findAsks: (ids) =>
      new Promise((resolve, reject) => {
        const known = ids.filter((id) => id !== 'unknown').reverse();
        looks.push({
          ids,
          end: (error) => (error === undefined ? resolve(known.map(row)) : reject(error)),
        });
      }),
  });
  return { looks, finder };
}

test('what is asked for in one moment is one look, and each gets its own', async () => {
  const { looks, finder } = bench();
  const found = Promise.all(['c1', 'unknown', 'c2', 'c1'].map((id) => finder.find(id)));
  await Promise.resolve();
  looks[0]?.end();
  assert.equal(await found, [row('c1'), undefined, row('c2'), row('c1')]);
  assert.equal(
    looks.map(({ ids }) => ids),
    [['c1', 'unknown', 'c2']],
  );
});

test('what is asked for during a look shares the next one', async () => {
  const { looks, finder } = bench();
  const first = finder.find('c1');
  await Promise.resolve();
  const later = Promise.all([finder.find('c2'), finder.find('c3')]);
  assert.is(looks.length, 1);
  looks[0]?.end();
  await first;
  await everythingReady();
  looks[1]?.end();
  assert.equal(await later, [row('c2'), row('c3')]);
});

test('a look that fails fails for those that shared it, and the next is made', async () => {
  const { looks, finder } = bench();
  const [one, two] = [finder.find('c1'), finder.find('c2')];
  await Promise.resolve();
  looks[0]?.end(new Error('down'));
  await assert.rejects(one, /down/);
  await assert.rejects(two, /down/);
  const again = finder.find('c1');
  await everythingReady();
  looks[1]?.end();
  assert.equal(await again, row('c1'));
});

test.run();
