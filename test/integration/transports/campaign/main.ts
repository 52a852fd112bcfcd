/**
 * The recovery campaign by hand: `npm run campaign:rabbitmq -- [--closes 200] [--restarts 20] [--seed 1] [--json]`.
 *
 * Needs `rabbitmq-server` installed. The last line with `--json` is the report as one object. Exits 1 when something was lost or done twice.
 */
import { parseArgs } from 'node:util';
import { seed as testSeed } from '../../../support/seed.ts';
import { isFaultless, recoveryCampaign } from './recovery-campaign.ts';

const { values } = parseArgs({
  options: {
    closes: { type: 'string', default: '200' },
    restarts: { type: 'string', default: '20' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const report = await recoveryCampaign({
  seed: values.seed === undefined ? testSeed() : Number(values.seed),
  closes: Number(values.closes),
  restarts: Number(values.restarts),
  onProgress: (text) => process.stdout.write(`${text}\n`),
});
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${Object.entries(report)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}\n`,
);
process.exitCode = isFaultless(report) ? 0 : 1;
