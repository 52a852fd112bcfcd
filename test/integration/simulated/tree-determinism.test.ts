/**
 * The real services, grown and felled under faults: the same seed gives the same trace, and when the faults stop everything that was
 * asked for is done and nothing is left over.
 */
import { assert, suite } from '../../support/suite.ts';
import { TreeWorld } from './tree-world.ts';

const test = suite('a tree under faults', { deadlineMs: 120_000 });
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

/** Grows a tree and deletes half of it under faults, the rest of it without; leaves the plant's neighbour. */
async function growAndFell(world: TreeWorld): Promise<void> {
  const [plant, neighbour] = await Promise.all([
    world.create('objects', 'plant'),
    world.create('objects', 'neighbour'),
  ]);
  const [boiler] = await Promise.all([
    world.create('objects', 'boiler', plant),
    world.create('tags', 'level', plant),
  ]);
  await Promise.all([
    world.create('tags', 'pressure', boiler),
    world.create('tags', 'noise', neighbour),
  ]);
  await world.delete('objects', boiler);
  world.simulation.heal();
  await world.delete('objects', plant);
}

interface Ending {
  readonly hash: string;
  readonly faults: number;
  readonly left: Readonly<Record<string, number>>;
}

async function run(
  seed: number,
  during: (world: TreeWorld) => Promise<void> = async () => undefined,
): Promise<Ending> {
  const world = new TreeWorld(seed);
  await world.open();
  await world.simulation.until(Promise.all([growAndFell(world), during(world)]));
  await world.simulation.settle();
  // A subscription that was given back while its node was frozen is tried again a little later.
  await world.simulation.advance('5 s');
  await world.simulation.settle();
  const [objects, tags] = await world.simulation.until(
    Promise.all([world.nodes('objects'), world.nodes('tags')]),
  );
  const { outbox, asks, timers, activities, deadLetters } = await world.journal.counts();
  await world.simulation.stop();
  const { trace } = world.simulation;
  const faults = trace.lines.filter(
    ({ what, outcome }) => what === 'lost' || what === 'stop' || outcome === 'dropped',
  ).length;
  return {
    hash: trace.hash,
    faults,
    left: { objects, tags, outbox, asks, timers, activities, deadLetters },
  };
}

test('twenty seeds, each run twice, give the same trace both times, and what was asked for is done', async () => {
  const endings: Ending[] = [];
  for (const seed of seeds) {
    const [first, second] = [await run(seed), await run(seed)];
    assert.is(first.hash, second.hash, `seed ${seed}`);
    assert.equal(
      first.left,
      { objects: 1, tags: 1, outbox: 0, asks: 0, timers: 0, activities: 0, deadLetters: 0 },
      `seed ${seed}`,
    );
    endings.push(first);
  }
  assert.is(new Set(endings.map(({ hash }) => hash)).size, seeds.length);
  assert.ok(
    endings.filter(({ faults }) => faults > 0).length > seeds.length / 3,
    'hardly any seed had a fault',
  );
});

test('so does a world in which the service of the tags is killed again and again', async () => {
  const killing = async ({ simulation }: TreeWorld): Promise<void> => {
    for (let kills = 0; kills < 3; kills += 1) {
      await new Promise<void>(
        (resolve) =>
          void simulation.clock.after(200 + Math.floor(simulation.chance() * 300), resolve),
      );
      simulation.crash('tags_model_crud');
      await new Promise<void>((resolve) => void simulation.clock.after(100, resolve));
      await simulation.start('tags_model_crud');
    }
  };
  for (const seed of seeds.slice(0, 5)) {
    const [first, second] = [await run(seed, killing), await run(seed, killing)];
    assert.is(first.hash, second.hash, `seed ${seed}`);
    assert.equal(
      first.left,
      { objects: 1, tags: 1, outbox: 0, asks: 0, timers: 0, activities: 0, deadLetters: 0 },
      `seed ${seed}`,
    );
  }
});

test.run();
