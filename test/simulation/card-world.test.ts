/** The invariants `applied once`, `row before file` and `fences rise` of the cards: each reports a violation, and only a violation. */

import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { World } from '../../testing/simulation/world.ts';
import { assert, suite } from '../support/suite.ts';
import { CardWorld } from './consent/card-world.ts';

const test = suite('invariants of the cards');
const world = {} as World;

interface Write {
  readonly store: string;
  readonly op: string;
  readonly args: object;
  readonly expect: object;
}

function turn(writes: readonly Write[], files = 0): TurnCommit {
  const address = { service: 'mcards', machine: 'card-deletion', key: 'card-c1' };
  const outbox = Array.from({ length: files }, () => ({ address, properties: { type: 'remove' } }));
  return { address, writes, outbox } as unknown as TurnCommit;
}

function problems(...turns: readonly TurnCommit[]): readonly string[] {
  const { invariants } = new CardWorld({ seed: 1, operations: [] });
  return turns.flatMap((one) =>
    invariants.flatMap(({ name, committed }) =>
      committed?.([one], world) === undefined ? [] : [name],
    ),
  );
}

const marked = {
  store: 'cards',
  op: 'markDeleted',
  args: { id: 'card-c1' },
  expect: { version: 1 },
};
const removed = {
  store: 'cards',
  op: 'remove',
  args: { id: 'card-c1', atMs: 0 },
  expect: { version: 2 },
};

test('a card that is marked, and goes with its files, is right', () => {
  assert.equal(problems(turn([marked]), turn([removed], 2)), []);
});

test('applied once: a card is burned once, and each step of its transaction is made once', () => {
  const again = { ...removed, expect: { version: 3 } };
  assert.equal(problems(turn([removed], 1), turn([again], 1)), ['applied once']);
  const put = (version: number): Write => ({
    store: 'transactions',
    op: 'put',
    args: { address: 't', state: 'DELETE' },
    expect: { version },
  });
  assert.equal(problems(turn([put(1)]), turn([put(2)])), ['applied once']);
});

test('row before file: no file goes before the row that lists it', () => {
  assert.equal(problems(turn([marked], 1)), ['row before file']);
  assert.equal(problems(turn([removed], 1), turn([], 1)), [], 'a removal is asked for again');
});

test('fences rise: versions rise', () => {
  assert.equal(problems(turn([{ ...marked, expect: { version: 2 } }]), turn([removed])), [
    'fences rise',
  ]);
});

test.run();
