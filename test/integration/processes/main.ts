/** `npm run race:processes -- --processes 3 --actors 2000 --events 5 --seed 1 --json`: the last line is one JSON object; exits 1 on a difference. */
import { parseArgs } from 'node:util';
import { runRace } from './race.ts';

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '3' },
    actors: { type: 'string', default: '2000' },
    events: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const result = await runRace({
  processes: Number(values.processes),
  actors: Number(values.actors),
  events: Number(values.events),
  seed: Number(values.seed),
});
const { differences, sameRows, handled, turns, eventsPerS } = result;
process.stdout.write(
  `${turns.length} processes, turns ${turns.join(' + ')}, ${handled} messages handled, ${eventsPerS} events a second\n`,
);
process.stdout.write(
  `${differences.length} actors differ from one process; rows ${sameRows ? 'are the same' : 'DIFFER'}\n`,
);
if (values.json)
  process.stdout.write(`${JSON.stringify({ ...result, differences: differences.length })}\n`);
process.exitCode =
  differences.length === 0 && sameRows && handled === result.actors * result.events ? 0 : 1;
