/** A chain that reads what it has written: one open commit, and what comes of each of its failures. */
import { setup } from 'xstate';
import { Refused } from '../../../../runtime/ports/errors.ts';
import type { Journal } from '../../../../runtime/ports/journal.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import {
  type Asked,
  asker,
  at,
  type Context,
  fact,
  inWorld,
  living,
  OpenStock,
  type Parts,
  parts,
  put,
  question,
  teller,
  type World,
} from './chain-world.ts';
import { FailingCommit, places } from './failing-commit.ts';

const test = suite('the commit of a chain');

const readX = () => ({ store: 'stock', op: 'get', args: 'x' });

/** `a` writes and asks `b`, which reads the written row, keeps the value and answers; then `a` tells `c`, which tells `b`. */
function reading(seen: Json[], more: Partial<Parts> = {}): Parts {
  const look = ({ event }: { event: unknown }): void => void seen.push((event as Asked).$.read);
  const tellC = publish(() => ({ ...at('c'), action: 'go', data: { key: 'c' } }));
  return {
    a: asker({ put: put('x', 7), ask: question('b', 'tell') }, { tellC }),
    b: living({ look, keep: put('y', 1) }),
    route: { read: readX },
    store: new OpenStock(),
    others: [teller('tell')],
    ...more,
  };
}

async function tables({ journal, store }: World): Promise<Json> {
  const { actors, timers, activities, history, deadLetters } = await journal.counts();
  return [Object.fromEntries(store.rows), actors, timers, activities, history, deadLetters];
}

test('reads see the chain: a message whose step reads a written store is handed over, in one commit', async () => {
  const seen: Json[] = [];
  const commit = new FailingCommit();
  await inWorld(reading(seen, { seenAs: (journal) => commit.over(journal) }), async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal(world.machines, [['asker', 'living', 'asker']]);
    assert.equal(
      [seen, world.fate('question fused-reading'), world.fate('message fused-reading')],
      [[7, 7], 1, 1],
    );
    assert.equal(commit.calls, [
      ...['begin', 'write', 'read', 'load', 'write', 'read'],
      ...['commit', 'commit unheard'],
    ]);
  });
});

test('late: a chain that reads nothing that it has written opens no commit', async () => {
  const commit = new FailingCommit();
  const given = {
    a: asker({ ask: question('b', 'tell') }),
    seenAs: (journal: Parameters<FailingCommit['over']>[0]) => commit.over(journal),
  };
  await inWorld(reading([], given), async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal([world.machines, commit.calls], [[['asker', 'living']], []]);
  });
});

for (const place of places)
  test(`a failure at '${place}' loses nothing, and the messages are carried`, async () => {
    let carried: Json = null;
    await inWorld(reading([], { store: new OpenStock(), fuse: false }), async (world) => {
      assert.is(await world.go(), 'over');
      carried = await tables(world);
    });
    const seen: Json[] = [];
    const commit = new FailingCommit(place);
    await inWorld(reading(seen, { seenAs: (journal) => commit.over(journal) }), async (world) => {
      assert.is(await world.go(), 'over');
      assert.equal(await tables(world), carried);
      assert.equal([commit.open, commit.calls.includes(place)], [0, true]);
      assert.ok(world.running.fused.redone > 0);
      assert.ok(seen.every((value) => value === 7));
    });
  });

test('a write that is refused in an open commit: the right machine is told', async () => {
  const told: string[] = [];
  const deny = (): void => void told.push('denied');
  const b = setup({
    types: {} as { context: Context },
    actions: { ...parts, put: put('x', -1), deny },
  }).createMachine({
    id: 'living',
    context: { caller: null, count: 0 },
    on: { tell: { actions: ['put', 'answer'] }, 'error.write': { actions: 'deny' } },
  });
  const a = asker({ put: put('x', 7), tell: fact('b', 'tell') });
  await inWorld(reading([], { a, b, others: [] }), async (world) => {
    await world.send('a');
    assert.equal([told, world.store.rows.get('x')], [['denied'], 7]);
    assert.ok(world.running.fused.redone > 0);
  });
});

test('a read that is refused in an open commit refuses its message alone', async () => {
  class Guarded extends OpenStock {
    override async readIn(undoLog: UndoLog, op: string, args: Json): Promise<Json> {
      await super.readIn(undoLog, op, args);
      throw new Refused('refused', 'not in here');
    }
  }
  const seen: Json[] = [];
  await inWorld(reading(seen, { store: new Guarded() }), async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal(seen, [7, 7]);
    assert.ok(world.running.fused.redone > 0);
  });
});

test('in an open commit writes keep the order of the chain, also of an earlier turn', async () => {
  const seen: Json[] = [];
  const look = ({ event }: { event: unknown }): void => void seen.push((event as Asked).$.read);
  const a = asker({ put: put('x', 1), ask: question('b', 'tell') }, { again: put('x', 3) });
  const b = living({ look, put: put('x', 2) });
  await inWorld(reading(seen, { a, b, others: [] }), async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal(
      [seen, world.store.rows.get('x'), world.machines],
      [[1], 3, [['asker', 'living']]],
    );
  });
});

test('others first: a chain beside other work opens no commit, and its message is carried', async () => {
  const seen: Json[] = [];
  const commit = new FailingCommit();
  const given = { others: [], seenAs: (journal: Journal) => commit.over(journal) };
  await inWorld(reading(seen, given), async (world) => {
    await world.send('a1', 'a2', 'a3');
    assert.equal([seen, world.store.rows.get('x')], [[7, 7, 7], 7]);
    assert.equal([await world.count(), commit.calls], [3, []]);
    const known = world.fate('question refused');
    await world.send('a4', 'a5');
    assert.equal([await world.count(), commit.calls], [5, []]);
    assert.equal([world.fate('question refused'), world.fate('question others-work')], [known, 2]);
  });
});

test('others first: a chain that holds a commit open ends when another actor gets work', async () => {
  class Meeting extends OpenStock {
    meet = async (): Promise<void> => undefined;

    override async readIn(undoLog: UndoLog, op: string, args: Json): Promise<Json> {
      const found = await super.readIn(undoLog, op, args);
      await this.meet();
      return found;
    }
  }
  const seen: Json[] = [];
  const [store, commit] = [new Meeting(), new FailingCommit()];
  await inWorld(
    reading(seen, { store, others: [], seenAs: (journal) => commit.over(journal) }),
    async (world) => {
      store.meet = async () => {
        store.meet = async () => undefined;
        await world.post('other');
      };
      assert.is(await world.go(), 'over');
      assert.ok(world.fate('answer others-work') > 0, 'the chain went on');
      assert.equal(commit.calls.slice(0, 4), ['begin', 'write', 'read', 'commit']);
      assert.equal([seen, await world.count(), commit.open], [[7, 7], 2, 0]);
    },
  );
});

test.run();
