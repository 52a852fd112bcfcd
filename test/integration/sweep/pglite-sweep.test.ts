/** A few failpoints of each run, another few each time, over PGlite: `npm run sweep -- --journal pglite` does all. */
import { drawnPart } from '../../support/drawn-part.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { failpointsOf, sweep } from './sweep.ts';

const failpoints = drawnPart(failpointsOf('pglite'), proofSize('sweep-failpoints'), seed());
const test = suite('sweep: pglite', {
  needs: ['rabbitmq', 'rabbitmqctl'],
  deadlineMs: 60_000 + failpoints.length * 60_000,
});

test('killed with SIGKILL at a failpoint and started again: nothing is lost, done twice or left over', async () => {
  const { findings, unreached } = await sweep({
    journal: 'pglite',
    seed: seed(),
    failpoints,
    twice: 0,
    thorough: false,
  });
  assert.equal([findings, unreached], [[], []]);
});

test.run();
