/** Processes, the database and the broker are killed under load. `npm run chaos` does it as often as one likes. */
import { systemClock } from '../../../runtime/ports/clock.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { planOf, runCampaign } from './campaign.ts';

const kills = proofSize('chaos');
const test = suite('chaos', { needs: ['postgres-server', 'rabbitmq-server'], deadlineMs: 560_000 });

test('of twelve kills one is of the broker and two are of the database, in an order from the seed', () => {
  const plan = planOf(12, seededChance(1));
  assert.is(plan.filter((victim) => victim === 'rabbitmq').length, 1);
  assert.is(plan.filter((victim) => victim === 'postgres').length, 2);
  assert.equal(plan, planOf(12, seededChance(1)));
  assert.not.equal(plan, planOf(12, seededChance(2)));
});

test(`after ${kills} kills whatever was answered is done, once, and nothing is under way`, async () => {
  const result = await runCampaign({
    kills,
    chance: seededChance(seed()),
    clock: systemClock,
    say: () => undefined,
  });
  const story = JSON.stringify({ ...result, seed: seed() });
  assert.equal([result.lost, result.doubled, result.stuck, result.problems], [0, 0, 0, []], story);
  assert.ok(result.committed >= kills, story);
});

test.run();
