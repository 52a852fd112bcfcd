/**
 * `deletions export` and `deletions replay` under seeds: a world is restored to a moment before its
 * deletions, and the deletions of the file are carried out again while processes are killed.
 */
import type { DeletionFile } from '../../actors/consent/deletion-file.ts';
import { assert, suite } from '../support/suite.ts';
import { ReplayWorld, replayPlan } from './replays/replay-world.ts';
import { TokenChain } from './replays/token-chain.ts';

/**
 * Documents that are kept for a time: 4 and 5. Files of nodes: 9 and 17. Cards: 4, 6 and from 10 on;
 * tokens: 10, 13, 16, 21 and 42. Under 13 a voter inquires about nodes that another replay has removed.
 */
const seeds = [1, 2, 3, 4, 5, 6, 9, 10, 13, 16, 17, 21, 42];
const test = suite('replayed deletions under seeds', { deadlineMs: 240_000 });

type Change = (file: DeletionFile) => DeletionFile;
type Run = {
  readonly deleted: number;
  readonly cards: number;
  readonly burned: number;
  readonly problem: string | undefined;
};

/** `asOwner`: as in `ReplayWorld.replay`. */
async function replayed(
  seed: number,
  change: Change = (file) => file,
  asOwner = false,
): Promise<Run> {
  const plan = replayPlan(seed);
  const chain = new TokenChain();
  const [first, restored] = [new ReplayWorld(plan, chain), new ReplayWorld(plan, chain)];
  await first.begin();
  await restored.begin();
  assert.equal(await restored.state(), await first.state(), 'the restored state is the saved one');
  const file = await first.deletions();
  await restored.replay(change(file), false, asOwner);
  const [wanted, found] = [await first.state(), await restored.state()];
  const gone = new Set(file.deletions.flatMap(({ ids }) => ids));
  const alive = found.ids.find((id) => gone.has(id));
  const touched = wanted.ids.find((id) => !found.ids.includes(id));
  const again = await restored.replay(change(file), true, asOwner);
  const isSame = JSON.stringify(await restored.state()) === JSON.stringify(found);
  const [burnedAgain] = chain.burnedAgain;
  const problems = [
    burnedAgain && `a token is burned once: ${burnedAgain} is burned again`,
    alive && `erased stays erased: ${alive} is there`,
    touched && `nothing else is touched: ${touched} is gone`,
    JSON.stringify(wanted) === JSON.stringify(found) ? undefined : 'the rows differ',
    again === 0 && isSame ? undefined : `a second replay changes ${again} rows`,
    restored.world.violation?.problem,
  ];
  const burned = file.cards.filter(({ burn }) => burn !== undefined).length;
  return {
    ...{ deleted: gone.size, cards: file.cards.length, burned },
    problem: problems.find(Boolean) || undefined,
  };
}

test('nothing erased stays alive, nothing else is touched, a second replay changes nothing', async () => {
  const sum = { deleted: 0, cards: 0, burned: 0 };
  for (const seed of seeds) {
    const run = await replayed(seed);
    assert.is(run.problem, undefined, `seed ${seed}`);
    sum.deleted += run.deleted;
    sum.cards += run.cards;
    sum.burned += run.burned;
  }
  assert.ok(sum.deleted > seeds.length && sum.cards > 3 && sum.burned > 1, JSON.stringify(sum));
});

test('a replay that forgets a service is found', async () => {
  const forgetting: Change = (file) => ({
    ...file,
    deletions: file.deletions.filter(({ service }) => service !== file.deletions.at(-1)?.service),
  });
  await assertFound(/erased stays erased/, forgetting);
});

test('a replay that forgets the cards is found', async () => {
  await assertFound(/the rows differ/, (file) => ({ ...file, cards: [] }));
});

test('a replay that forgets what a participant has agreed to keep is found', async () => {
  await assertFound(/the rows differ/, (file) => ({
    ...file,
    deletions: file.deletions.map(({ retains: _, ...deletion }) => deletion),
  }));
});

test('a replay that deletes cards as their owner is found, because a token is burned twice', async () => {
  await assertFound(/a token is burned once/, (file) => file, true);
});

async function assertFound(problem: RegExp, change: Change, asOwner = false): Promise<void> {
  for (const seed of seeds) {
    const run = await replayed(seed, change, asOwner);
    if (run.problem !== undefined) return assert.match(run.problem, problem);
  }
  assert.unreachable('no seed has found the defect');
}

test.run();
