/** `npm run chaos -- [--kills 150] [--seed n] [--json]`: exits 1 when anything was lost, doubled or stuck; the last line is the result. */
import { parseArgs } from 'node:util';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { seed } from '../../support/seed.ts';
import { runCampaign } from './campaign.ts';

// Ending by a signal has to end the servers too, which is done at exit.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '150' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const used = values.seed === undefined ? seed() : wholeNumber('--seed', values.seed);
const kills = wholeNumber('--kills', values.kills);
const say = (line: string): void => {
  if (!values.json) process.stdout.write(`${line}\n`);
};
const result = await runCampaign({ kills, chance: seededChance(used), clock: systemClock, say });
for (const problem of result.problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${JSON.stringify({ ...result, seed: used })}\n`);
process.exit(result.lost + result.doubled + result.stuck > 0 ? 1 : 0);

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (text !== '' && Number.isInteger(number) && number >= 0) return number;
  process.stderr.write(`${option} is '${text}'; allowed is a whole number from 0\n`);
  process.exit(2);
}
