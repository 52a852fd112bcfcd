/** Ordinary machines of XState, live and as the root of a service that restarts before each step. */
import { assert, suite } from '../../../support/suite.ts';
import { familyMachines } from './family-machines.ts';
import { formMachines } from './form-machines.ts';
import { hostedSights } from './hosted-run.ts';
import { liveSights } from './live-run.ts';
import { smallMachines } from './small-machines.ts';
import { workingMachines } from './working-machines.ts';

const test = suite('portability');
const all = [...smallMachines, ...formMachines, ...workingMachines, ...familyMachines];

for (const ordinary of all) {
  test(`${ordinary.name} runs as a service as it does live`, async () => {
    assert.equal(await hostedSights(ordinary), await liveSights(ordinary));
  });
}

test('there are thirty machines, and each does something', async () => {
  assert.ok(all.length >= 30, String(all.length));
  for (const ordinary of all) {
    const sights = (await liveSights(ordinary)).map((sight) => JSON.stringify(sight));
    const isStill = new Set(sights).size === 1 && ordinary.happenings.length > 0;
    assert.not(isStill, ordinary.name);
  }
});

test.run();
