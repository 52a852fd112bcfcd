import { drawnOfEach, drawnPart } from '../support/drawn-part.ts';
import { proofSize, scaledSize } from '../support/proof-size.ts';
import { assert, seed, suite } from '../support/suite.ts';
import { benchmarks } from './benchmarks.ts';
import {
  type Benchmark,
  type Contest,
  hold,
  labelOf,
  median,
  quantile,
  type Sample,
} from './contest.ts';
import { figureLine } from './report.ts';

const test = suite('benchmarks: how they are held');

/** Sides that answer these values one after the other. */
function contest(ours: readonly number[], other: readonly number[], asked: string[]): Contest {
  const side = (name: string, values: readonly number[]) => {
    let next = 0;
    return async (): Promise<Sample> => {
      asked.push(name);
      next += 1;
      return { value: values[(next - 1) % values.length] as number };
    };
  };
  return {
    ours: side('ours', ours),
    other: side('other', other),
    close: async () => void asked.push('closed'),
  };
}

function benchmark(opened: Contest, more: Partial<Benchmark> = {}): Benchmark {
  return { name: 'x', unit: 'things/s', needs: [], rounds: 3, open: async () => opened, ...more };
}

test('the sides run in turn, the first run of each is not counted, and the contest is closed', async () => {
  const asked: string[] = [];
  const figures = await hold(
    benchmark(contest([900, 10, 20, 30], [900, 20, 20, 20], asked)),
    'quick',
  );
  assert.equal(asked, [
    'ours',
    'other',
    'ours',
    'other',
    'ours',
    'other',
    'ours',
    'other',
    'closed',
  ]);
  assert.is(figures['x']?.ours, 20);
});

test('the ratio is the median of the pairs, its spread their least and greatest', async () => {
  const { x } = await hold(benchmark(contest([1, 10, 20, 30], [1, 20, 20, 20], [])), 'quick');
  assert.equal([x?.ratio, x?.spread], [1, [0.5, 1.5]]);
});

test('of a time the ratio is turned round: more is better', async () => {
  const { x } = await hold(benchmark(contest([10], [40], []), { lessIsBetter: true }), 'quick');
  assert.is(x?.ratio, 4);
});

test('a tiny run has one of each side, also where a benchmark says how many; who asks for a number gets it', async () => {
  const asked: string[] = [];
  await hold(benchmark(contest([10], [20], asked)), 'tiny');
  await hold(benchmark(contest([10], [20], asked)), 'tiny', 2);
  assert.equal(asked, ['ours', 'other', 'closed', 'ours', 'other', 'ours', 'other', 'closed']);
});

test('a parameter stands behind the name', () => {
  assert.equal(
    [labelOf({ name: 'votes' }), labelOf({ name: 'votes', parameter: 10 })],
    ['votes', 'votes@10'],
  );
});

test('the median of an even number is between the two in the middle; a quantile is one of the numbers', () => {
  assert.equal(
    [median([4, 1, 2, 3]), quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.99)],
    [2.5, 3, 4],
  );
});

test('no two benchmarks have the same label', () => {
  const labels = benchmarks.map(labelOf);
  assert.equal(labels, [...new Set(labels)]);
});

/**
 * The names that the seed draws, some of each kind of servers, with a parameter that the seed draws: `npm run bench -- --tiny` runs
 * all parameters.
 */
const possible = benchmarks.filter(({ missing }) => missing?.() === undefined);
const oneOfEach = [...new Set(possible.map(({ name }) => name))].flatMap((name) =>
  drawnPart(
    possible.filter((each) => each.name === name),
    1,
    seed(),
  ),
);
const kinds = [...new Set(oneOfEach.map(({ needs }) => needs.join()))].map((kind) =>
  oneOfEach.filter(({ needs }) => needs.join() === kind),
);
const drawn = drawnOfEach(kinds, proofSize('benchmark-names'), seed());

test('the full size of this proof has every name', () => {
  assert.ok(new Set(benchmarks.map(({ name }) => name)).size <= scaledSize('benchmark-names', 1));
});

test.run();

function tinySuite(name: string, { needs }: Pick<Benchmark, 'needs'>): void {
  const tiny = suite(`benchmarks: tiny, ${name}`, { needs, deadlineMs: 120_000 });
  for (const one of drawn.filter((each) => each.needs.join() === needs.join())) {
    tiny(`${labelOf(one)} runs and its figures are numbers`, async () => {
      const figures = Object.entries(await hold(one, 'tiny'));
      assert.ok(figures.length > 0);
      for (const [label, figure] of figures) {
        assert.ok(
          Number.isFinite(figure.ours) && (figure.other === null || figure.other > 0),
          figureLine(label, figure),
        );
      }
    });
  }
  tiny.run();
}

tinySuite('nothing but this process', { needs: [] });
tinySuite('on PostgreSQL', { needs: ['postgres'] });
tinySuite('over RabbitMQ', { needs: ['rabbitmq'] });
tinySuite('over RabbitMQ on PostgreSQL', { needs: ['postgres', 'rabbitmq'] });
