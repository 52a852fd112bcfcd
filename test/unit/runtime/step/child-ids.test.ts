/** Ids of children: different children are never taken for one another, whatever their ids hold. */
import { cancel, raise, setup, spawnChild, stopChild } from 'xstate';
import { tokenPath } from '../../../../runtime/step/path.ts';
import { assert, suite } from '../../../support/suite.ts';
import { Life } from './machine-samples.ts';

const test = suite('child ids');

const child = setup({}).createMachine({
  id: 'child',
  on: { wait: { actions: raise({ type: 'late' }, { delay: 5 }) }, late: {} },
});

/** Spawns a child under the id of the event, and tells the child to wait. */
const nursery = setup({
  types: {} as { events: { type: string; id: string } },
  actors: { child },
}).createMachine({
  id: 'm',
  on: {
    go: { actions: spawnChild('child', { id: ({ event }) => event.id }) },
    leave: { actions: stopChild(({ event }) => event.id) },
  },
});

for (const id of ['..', '#1', 'constructor', '__proto__', 'toString', '', 'a\0'])
  test(`the id ${JSON.stringify(id)} of a spawned child is refused`, () => {
    assert.throws(() => Life.of(nursery).on({ type: 'go', id }), /the id of a child: found .*/);
  });

test('children whose ids hold separators and escapes have paths and tokens of their own', () => {
  const ids = ['a', 'a/b', 'a%2Fb', '/', '%', 'a#1', '.', 'é'];
  const all = ids.reduce((life, id) => life.on({ type: 'go', id }), Life.of(nursery));
  assert.equal(all.family.root.children.ids(), ids);
  const waits = ids.map((id) => all.on('wait', [id]));
  const tokens = waits.map((life) => life.token('start-timer'));
  assert.is(new Set(tokens).size, ids.length);
  assert.equal(
    tokens.map(tokenPath),
    ids.map((id) => [id]),
  );
  for (const [at, life] of waits.entries())
    assert.ok(life.fires(tokens[at] ?? ''), `the timer of ${ids[at]}`);
});

test('ids of a deep family that are too long together are refused', () => {
  const inner = setup({ actors: { child } }).createMachine({
    id: 'inner',
    invoke: { src: 'child', id: 'y'.repeat(500) },
  });
  const middle = setup({ actors: { inner } }).createMachine({
    id: 'middle',
    invoke: { src: 'inner', id: 'x'.repeat(499) },
  });
  const outer = setup({ actors: { middle } }).createMachine({
    id: 'outer',
    invoke: { src: 'middle', id: 'w' },
  });
  assert.throws(() => Life.of(outer), /below 2 others; allowed are 1000 bytes/);
});

test('a delayed event may have the id that every object has', () => {
  const machine = setup({}).createMachine({
    id: 'm',
    on: {
      go: { actions: raise({ type: 'x' }, { delay: 25, id: 'constructor' }) },
      stop: { actions: cancel('constructor') },
    },
  });
  assert.equal(Life.of(machine).on('stop').effects, []);
  const waiting = Life.of(machine).on('go');
  assert.equal(waiting.tokens('cancel-timer'), []);
  assert.equal(waiting.on('stop').tokens('cancel-timer'), waiting.tokens('start-timer'));
});

test('a child without an id has one that no other child can have', () => {
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    on: { go: { actions: spawnChild('child') } },
  });
  const twice = Life.of(machine).on('go').on('go').family.root.children;
  assert.equal(twice.ids(), ['#1', '#2']);
});

test.run();
