import { systemClock } from '../../../runtime/ports/clock.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, suite } from '../../support/suite.ts';
import { runSoak } from './soak.ts';
import { levelsOf, unlevel, type WindowReport } from './windows.ts';

const test = suite('soak: a steady load over HTTP and the broker, processes end in turn', {
  needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
  deadlineMs: 150_000,
});
const figures = suite('soak: figures that stay level');

test('every story ends with the right answers, and no work is left', async () => {
  const windows: WindowReport[] = [];
  const result = await runSoak({
    seconds: proofSize('soak'),
    windowSeconds: 2,
    processes: 2,
    storiesPerSecond: 3,
    clock: systemClock,
    onWindow: (window) => void windows.push(window),
  });
  assert.equal(result.problems, []);
  assert.equal([result.wrong, result.stuck], [0, 0]);
  assert.ok(result.stories > 0 && result.requests >= result.stories * 8);
  assert.ok((result.endings['SIGTERM'] ?? 0) > 0);
  assert.ok(windows.every(({ memory, rows }) => memory > 0 && rows > 0));
});

/** Windows whose memory and rows grow by these amounts. */
function windowsWith(memoryGrowth: number, rowsGrowth: (index: number) => number) {
  let rows = 1_000;
  return Array.from({ length: 16 }, (_, index): WindowReport => {
    rows += rowsGrowth(index);
    return {
      atS: index * 10,
      requests: 100,
      p50Ms: 10,
      p99Ms: 50,
      processor: 0.5,
      memory: 100 + index * memoryGrowth,
      rows,
      stories: index * 10,
      endings: [],
    };
  });
}

figures('the same memory and the same rows for each story are level', () => {
  const levels = levelsOf(windowsWith(0, () => 50));
  assert.equal(levels, { memory: 1, rowsPerStory: 1, p99: 1 });
  assert.equal(unlevel(levels), []);
});

figures('memory that grows, and rows that grow faster, are named', () => {
  assert.match(unlevel(levelsOf(windowsWith(10, () => 50))).join(), /^resident memory/);
  assert.match(unlevel(levelsOf(windowsWith(0, (index) => index * 50))).join(), /^rows a story/);
});

figures('a few windows say nothing', () => {
  const levels = levelsOf(windowsWith(50, () => 50).slice(0, 5));
  assert.equal(levels, { memory: undefined, rowsPerStory: undefined, p99: undefined });
  assert.equal(unlevel(levels), []);
});

test.run();
figures.run();
