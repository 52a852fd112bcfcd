/** Several processes over one service: competing consumers, one writer an actor by its version. */
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { runRace } from './race.ts';

const test = suite('several processes', { needs: ['postgres', 'rabbitmq'], deadlineMs: 180_000 });

test('three processes over one queue and one database leave what one leaves: every event once, in order', async () => {
  const [actors, events] = [proofSize('process-race'), 5];
  const { turns, differences, sameRows, handled } = await runRace({
    processes: 3,
    actors,
    events,
    seed: seed() | 0,
  });
  assert.equal([differences, sameRows, handled], [[], true, actors * events]);
  assert.ok(
    turns.every((count) => count > 0),
    `turns of each process: ${turns.join(', ')}`,
  );
});

test.run();
