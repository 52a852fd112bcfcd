/**
 * `deletions export` and `deletions replay` under seeds: a world is restored to a moment before its
 * deletions, and the deletions of the file are carried out again while processes are killed.
 */
import type { FinishedDeletion } from '../../actors/consent/deletion-file.ts';
import { assert, suite } from '../support/suite.ts';
import { ReplayWorld, replayPlan } from './replays/replay-world.ts';

/** Some of the seeds have files of nodes: 9 and 17. */
const seeds = [1, 2, 3, 4, 5, 6, 9, 17];
const test = suite('replayed deletions under seeds', { deadlineMs: 180_000 });

type Change = (file: readonly FinishedDeletion[]) => readonly FinishedDeletion[];
type Run = {
  readonly deleted: number;
  readonly problem: string | undefined;
};

async function replayed(seed: number, change: Change = (file) => file): Promise<Run> {
  const plan = replayPlan(seed);
  const [first, restored] = [new ReplayWorld(plan), new ReplayWorld(plan)];
  await first.begin();
  await restored.begin();
  assert.equal(await restored.state(), await first.state(), 'the restored state is the saved one');
  const file = await first.deletions();
  await restored.replay(change(file), false);
  const [wanted, found] = [await first.state(), await restored.state()];
  const gone = new Set(file.flatMap(({ ids }) => ids));
  const alive = found.ids.find((id) => gone.has(id));
  const touched = wanted.ids.find((id) => !found.ids.includes(id));
  const again = await restored.replay(change(file), true);
  const isSame = JSON.stringify(await restored.state()) === JSON.stringify(found);
  const problems = [
    alive && `erased stays erased: ${alive} is there`,
    touched && `nothing else is touched: ${touched} is gone`,
    JSON.stringify(wanted) === JSON.stringify(found) ? undefined : 'the rows differ',
    again === 0 && isSame ? undefined : `a second replay changes ${again} rows`,
    restored.world.violation?.problem,
  ];
  return { deleted: gone.size, problem: problems.find(Boolean) || undefined };
}

test('nothing erased stays alive, nothing else is touched, a second replay changes nothing', async () => {
  let deleted = 0;
  for (const seed of seeds) {
    const run = await replayed(seed);
    assert.is(run.problem, undefined, `seed ${seed}`);
    deleted += run.deleted;
  }
  assert.ok(deleted > seeds.length, `${deleted} nodes were deleted`);
});

test('a replay that forgets a service is found', async () => {
  const forgetting: Change = (file) =>
    file.filter(({ service }) => service !== file.at(-1)?.service);
  for (const seed of seeds) {
    const { problem } = await replayed(seed, forgetting);
    if (problem !== undefined) return assert.match(problem, /erased stays erased/);
  }
  assert.unreachable('no seed has found the forgotten service');
});

test.run();
