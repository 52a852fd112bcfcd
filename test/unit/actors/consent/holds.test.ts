import { conflictsFromAbove, conflictsOn } from '../../../../actors/consent/ledger/rules/holds.ts';
import type { Hold, LockMode } from '../../../../actors/consent/ledger/store.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('holds');

function hold(mode: LockMode, saga = 'other'): Hold {
  return { nodeId: 'n', saga, service: 'objects', mode, state: 'asking' };
}

const table: readonly [operation: LockMode, held: LockMode, onNode: boolean, fromAbove: boolean][] =
  [
    ['D', 'D', false, false],
    ['D', 'U', true, false],
    ['U', 'D', true, true],
    ['U', 'U', true, false],
  ];

for (const [mode, held, onNode, fromAbove] of table) {
  test(`${held} held stands against ${mode} ${onNode ? 'on the node' : 'nowhere on the node'}, ${fromAbove ? 'and' : 'not'} from above`, () => {
    assert.is(conflictsOn({ saga: 'mine', mode }, hold(held)), onNode);
    assert.is(conflictsFromAbove({ saga: 'mine', mode }, hold(held)), fromAbove);
  });

  test(`${held} of one’s own never stands against ${mode}`, () => {
    assert.is(conflictsOn({ saga: 'mine', mode }, hold(held, 'mine')), false);
    assert.is(conflictsFromAbove({ saga: 'mine', mode }, hold(held, 'mine')), false);
  });
}

test.run();
