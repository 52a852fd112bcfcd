/** The recovery campaign at the size of the suite: `npm run campaign:rabbitmq` is the long form. */
import { proofSize } from '../../../support/proof-size.ts';
import { assert, seed, suite } from '../../../support/suite.ts';
import { isFaultless, recoveryCampaign } from './recovery-campaign.ts';

const test = suite('RabbitMQ recovery campaign', {
  needs: ['rabbitmq-server'],
  deadlineMs: 300_000,
});

const closes = proofSize('rabbitmq-closes');
const restarts = proofSize('rabbitmq-restarts');

test(`${closes} closes, ${restarts} restarts and an alarm: all is confirmed once, delivered, and no state changes twice`, async () => {
  const report = await recoveryCampaign({ seed: seed(), closes, restarts });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  assert.ok(isFaultless(report), JSON.stringify(report));
  assert.ok(report.duplicated > 0 && report.reconnects > 0, 'nothing was disturbed');
});

test.run();
