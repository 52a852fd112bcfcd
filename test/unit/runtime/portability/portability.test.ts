/** Ordinary machines of XState, live and as the root of a service that restarts before each step. */
import { documentText } from '../../../support/doc-blocks.ts';
import { assert, suite } from '../../../support/suite.ts';
import { familyMachines } from './family-machines.ts';
import { formMachines } from './form-machines.ts';
import { gameMachines } from './game-machines.ts';
import { hostedProblem, hostedSights } from './hosted-run.ts';
import { liveSights } from './live-run.ts';
import { screenMachines } from './screen-machines.ts';
import { smallMachines } from './small-machines.ts';
import { unportableMachines } from './unportable-machines.ts';
import { workflowMachines } from './workflow-machines.ts';
import { workingMachines } from './working-machines.ts';

const test = suite('portability');
const portable = [
  ...[...smallMachines, ...formMachines, ...workingMachines, ...familyMachines],
  ...[...workflowMachines, ...screenMachines, ...gameMachines],
];

for (const ordinary of portable) {
  test(`${ordinary.name} runs as a service as it does live`, async () => {
    assert.equal(await hostedSights(ordinary), await liveSights(ordinary));
  });
}

for (const { problem, refusedAt, ...ordinary } of unportableMachines) {
  test(`${ordinary.name} is refused at its ${refusedAt}`, async () => {
    const found = await hostedProblem(ordinary);
    assert.is(found?.refusedAt, refusedAt, found?.text ?? 'it runs');
    assert.match(found?.text ?? '', problem);
  });
}

test('of all machines 95 of 100 are accepted at definition and 80 run unchanged, as the page says', () => {
  const all = portable.length + unportableMachines.length;
  const refused = unportableMachines.filter(({ refusedAt }) => refusedAt === 'definition').length;
  const percent = (count: number) => Math.floor((100 * count) / all);
  const [accepted, unchanged] = [percent(all - refused), percent(portable.length)];
  assert.ok(accepted >= 95 && unchanged >= 80, `${accepted} % and ${unchanged} %`);
  const page = documentText('docs/portability.md');
  const said = `Of ${all} machines, ${accepted} % are accepted at definition and ${unchanged} % run unchanged`;
  assert.ok(page.replace(/\s+/g, ' ').includes(said), said);
});

test('each machine does something', async () => {
  for (const ordinary of portable) {
    const sights = (await liveSights(ordinary)).map((sight) => JSON.stringify(sight));
    const isStill = new Set(sights).size === 1 && ordinary.happenings.length > 0;
    assert.not(isStill, ordinary.name);
  }
});

test.run();
