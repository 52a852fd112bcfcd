import { SerialAccess } from '../../../../runtime/ports/serial-access.ts';
import { MemoryTransaction, noUndo } from '../../../../runtime/ports/undo-log.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('serial access');

async function rest(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
}

/** The order in which pieces of work run, and a commit that ends when it is told to. */
function world() {
  const access = new SerialAccess();
  const order: string[] = [];
  const does = (name: string) => async (): Promise<void> => void order.push(name);
  const tx = new MemoryTransaction();
  let end: () => void = () => undefined;
  const over = tx.run(() => new Promise<void>((resolve) => (end = resolve)));
  return { access, order, does, tx, end: () => end(), over };
}

test('committed only: work behind an apply waits for the end of its commit', async () => {
  const { access, order, does, tx, end, over } = world();
  await access.runIn(tx, does('apply'));
  const read = access.run(does('read'));
  await rest();
  assert.equal(order, ['apply']);
  end();
  await Promise.all([over, read]);
  assert.equal(order, ['apply', 'read']);
});

test('own work passes: a commit applies and reads again before others', async () => {
  const { access, order, does, tx, end, over } = world();
  await access.runIn(tx, does('apply'));
  const read = access.run(does('read of another'));
  await access.readIn(tx, does('own read'));
  await access.runIn(tx, does('own apply'));
  assert.equal(order, ['apply', 'own read', 'own apply']);
  end();
  await Promise.all([over, read]);
  assert.equal(order.at(-1), 'read of another');
});

test('own work keeps its order, also after work that has failed', async () => {
  const { access, order, does, tx } = world();
  const failed = access.runIn(tx, () => Promise.reject(new Error('no')));
  const done = [access.runIn(tx, does('one')), access.readIn(tx, does('two'))];
  await assert.rejects(failed, /no/);
  await Promise.all(done);
  assert.equal(order, ['one', 'two']);
});

test('a commit that only reads holds nobody', async () => {
  const { access, order, does, tx } = world();
  await access.readIn(tx, does('own read'));
  await access.run(does('read of another'));
  assert.equal(order, ['own read', 'read of another']);
});

test('changes that are never undone wait for earlier work like any other', async () => {
  const { access, order, does, tx, end, over } = world();
  await access.runIn(noUndo, does('first'));
  await access.runIn(tx, does('apply'));
  const later = access.runIn(noUndo, does('later'));
  await rest();
  assert.equal(order, ['first', 'apply']);
  end();
  await Promise.all([over, later]);
});

test.run();
