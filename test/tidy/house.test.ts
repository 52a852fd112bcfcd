import { assert, suite } from '../support/suite.ts';
import { type Figures, figuresOf, goals } from './figures.ts';
import { projectFiles } from './project-files.ts';

const test = suite('tidy: figures', { deadlineMs: 60_000 });

/**
 * The largest allowed value of each figure. Nobody raises a ceiling; its goal is in `figures.ts`.
 */
const ceilings: Partial<Figures> = {
  longestFunctionLines: 300,
  longFunctions: 9,
  packingSpreads: 4,
};

test('no figure with a goal is above its ceiling', () => {
  const today = figuresOf(projectFiles());
  const keys = Object.keys(goals) as (keyof Figures)[];
  const above = keys
    .filter((key) => today[key] > (ceilings[key] ?? goals[key].atMost ?? Number.POSITIVE_INFINITY))
    .map((key) => `${goals[key].label}: ${today[key]}, at most ${ceilings[key]}`);
  assert.equal(above, []);
});

test('each ceiling belongs to a goal', () => {
  const keys = Object.keys(ceilings) as (keyof Figures)[];
  assert.equal(
    keys.filter((key) => goals[key].atMost === undefined),
    [],
  );
});

test.run();
