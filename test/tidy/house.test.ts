import { assert, suite } from '../support/suite.ts';
import { type Figures, figuresOf, goals } from './figures.ts';
import { projectFiles } from './project-files.ts';

const test = suite('tidy: figures', { deadlineMs: 60_000 });

test('every figure with a goal holds the goal', () => {
  const today = figuresOf(projectFiles());
  const keys = Object.keys(goals) as (keyof Figures)[];
  const above = keys
    .filter((key) => today[key] > (goals[key].atMost ?? Number.POSITIVE_INFINITY))
    .map((key) => `${goals[key].label}: ${today[key]}, at most ${goals[key].atMost}`);
  assert.equal(above, []);
});

test.run();
