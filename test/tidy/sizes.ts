/**
 * Prints the figures of the project beside their goals: `npm run sizes`, `npm run sizes -- --json`.
 *
 * Job: print, and never fail.
 * Boundary: `figures.ts` measures. `house.test.ts` fails when a figure gets worse.
 */
import {
  type Figures,
  figuresOf,
  goals,
  pointingFiles,
  sizedFiles,
  sizedFunctions,
} from './figures.ts';
import { projectFiles } from './project-files.ts';

const shown = 10;
const all = projectFiles();
const product = all.filter(({ path }) => !path.startsWith('test/'));
const figures = figuresOf(all);
const longestFiles = sizedFiles(product).slice(0, shown);
const longestFunctions = sizedFunctions(product).slice(0, shown);
const mostPointing = pointingFiles(all).slice(0, shown);

if (process.argv.includes('--json')) {
  print([JSON.stringify({ figures, goals, longestFiles, longestFunctions, mostPointing })]);
} else {
  print(figureLines(figures));
  const sized = ({ name, lines }: { name: string; lines: number }) => row(lines, name);
  print(['', 'longest files, lines', ...longestFiles.map(sized)]);
  print(['', 'longest functions, lines', ...longestFunctions.map(sized)]);
  const pointing = mostPointing.map(({ per100, path, words }) =>
    row(per100.toFixed(1), `${path} (${words} words)`),
  );
  print(['', 'pointing words per 100 words of comment', ...pointing]);
}

function figureLines(today: Figures): string[] {
  const keys = Object.keys(goals) as (keyof Figures)[];
  const lines = keys.map((key) => {
    const { label, atMost } = goals[key];
    const goal = atMost === undefined ? '' : `≤ ${atMost}`;
    const verdict = atMost !== undefined && today[key] > atMost ? 'missed' : '';
    return `${label.padEnd(40)}${String(today[key]).padStart(8)}${goal.padStart(8)}  ${verdict}`;
  });
  const head = `${''.padEnd(40)}${'today'.padStart(8)}${'goal'.padStart(8)}`;
  return [head, ...lines.map((line) => line.trimEnd())];
}

function row(figure: number | string, name: string): string {
  return `${String(figure).padStart(6)}  ${name}`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
