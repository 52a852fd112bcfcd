/**
 * `npm run measure:timers -- --timers 1000000 --bells 500 --seconds 20 --load 32 --json`: how late bells ring under load, and what far timers
 * cost in memory. The last line is one JSON object; exits 1 when a bell rang early, twice or not at all.
 */
import { parseArgs } from 'node:util';
import { measureTimers } from './measure.ts';

const { values } = parseArgs({
  options: {
    timers: { type: 'string', default: '1000000' },
    bells: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    load: { type: 'string', default: '32' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const measured = await measureTimers({
  timers: Number(values.timers),
  bells: Number(values.bells),
  seconds: Number(values.seconds),
  load: Number(values.load),
  seed: Number(values.seed),
});
const { rung, early, twice, p50Ms, p99Ms, maxMs, pressedPerS, timers, heapBeforeMb, heapAfterMb } =
  measured;
process.stdout.write(
  `${rung} bells rang, ${early} early, ${twice} twice; late by ${p50Ms} ms (p50), ${p99Ms} ms (p99), ${maxMs} ms (max)\n`,
);
process.stdout.write(
  `beside ${pressedPerS} turns a second and ${timers} far timers; heap ${heapBeforeMb} MB without them, ${heapAfterMb} MB with\n`,
);
if (values.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
process.exitCode = early + twice === 0 && rung === measured.bells ? 0 : 1;
