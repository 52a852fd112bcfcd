/** A few failpoints of each run, another few each time, over PostgreSQL: `npm run sweep -- --journal postgres` does all. */
import { assert, seed, suite } from '../../support/suite.ts';
import { drawnFailpoints } from './drawn-failpoints.ts';
import { sweep } from './sweep.ts';

const test = suite('sweep: postgres', {
  needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
  deadlineMs: 240_000,
});

test('killed with SIGKILL at a failpoint and started again: nothing is lost, done twice or left over', async () => {
  const { findings, unreached } = await sweep({
    journal: 'postgres',
    seed: seed(),
    failpoints: drawnFailpoints('postgres', seed()),
    twice: 0,
    thorough: false,
  });
  assert.equal([findings, unreached], [[], []]);
});

test.run();
