/** A few failpoints of each run, another few each time, over PGlite: `npm run sweep -- --journal pglite` does all. */
import { assert, seed, suite } from '../../support/suite.ts';
import { drawnFailpoints } from './drawn-failpoints.ts';
import { sweep } from './sweep.ts';

const test = suite('sweep: pglite', { needs: ['rabbitmq', 'rabbitmqctl'], deadlineMs: 240_000 });

test('killed with SIGKILL at a failpoint and started again: nothing is lost, done twice or left over', async () => {
  const { findings, unreached } = await sweep({
    journal: 'pglite',
    seed: seed(),
    failpoints: drawnFailpoints('pglite', seed()),
    twice: 0,
    thorough: false,
  });
  assert.equal([findings, unreached], [[], []]);
});

test.run();
