/** The recovery campaign at the size of the suite: `npm run campaign:rabbitmq` is the long form. */
import { timesOf } from '../../../support/proof-size.ts';
import { assert, seed, suite } from '../../../support/suite.ts';
import { isFaultless, recoveryCampaign } from './recovery-campaign.ts';

const test = suite('RabbitMQ recovery campaign', {
  needs: ['rabbitmq-server'],
  deadlineMs: 300_000,
});

const closes = timesOf({ full: 200, short: 40 });

test(`${closes} closes, 2 restarts and an alarm: all is confirmed once, delivered, and no state changes twice`, async () => {
  const report = await recoveryCampaign({ seed: seed(), closes, restarts: 2 });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  assert.ok(isFaultless(report), JSON.stringify(report));
  assert.ok(report.duplicated > 0 && report.reconnects > 0, 'nothing was disturbed');
});

test.run();
