/**
 * `npm run soak -- [--minutes 10] [--processes 4] [--rate 2] [--json]`: a line a window; the last line is the result. Exits 1 when an
 * answer was wrong, anything is stuck, or memory or rows have grown.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { runSoak } from './soak.ts';
import type { WindowReport } from './windows.ts';

// Ending by a signal has to end the processes too, which is done at exit.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    processes: { type: 'string', default: '4' },
    rate: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});

const megabyte = 1_048_576;

function say(window: WindowReport): void {
  if (values.json) return;
  const { atS, requests, p50Ms, p99Ms, processor, memory, rows, endings } = window;
  const figures = [
    `${atS} s: ${requests} requests`,
    `p50 ${Math.round(p50Ms)} ms`,
    `p99 ${Math.round(p99Ms)} ms`,
    `processor ${Math.round(processor * 100)} %`,
    `${Math.round(memory / megabyte)} MB`,
    `${rows} rows`,
    ...endings,
  ];
  process.stdout.write(`${figures.join(', ')}\n`);
}

function numberFrom(option: string, text: string, least: number): number {
  const number = Number(text);
  if (text !== '' && number >= least) return number;
  process.stderr.write(`--${option} is '${text}'; allowed is a number from ${least}\n`);
  process.exit(2);
}

const result = await runSoak({
  seconds: Math.round(numberFrom('minutes', values.minutes, 0.1) * 60),
  windowSeconds: 10,
  processes: Math.round(numberFrom('processes', values.processes, 2)),
  storiesPerSecond: numberFrom('rate', values.rate, 0.1),
  clock: systemClock,
  onWindow: say,
});
for (const problem of result.problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.problems.length > 0 ? 1 : 0);
