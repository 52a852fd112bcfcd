/** The example in one process: memory in place of the broker, an embedded database, the newsletter as a process beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDeployment } from '../../deployment.ts';
import { type JsonObject, loadExchangeConfigs, type SagaRecord, sections } from '../../index.ts';
import customers from './customers.ts';
import disputes from './disputes.ts';
import invoices from './invoices.ts';
import orders from './orders.ts';
import { story } from './story.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const secret = 'the secret of the example';

/** Resolves with the newsletter and its URL, when it listens. */
async function startedNewsletter(): Promise<{ newsletter: ChildProcess; url: string }> {
  const env = { ...process.env, PORT: '0', WEBHOOK__SECRET: secret };
  const newsletter = spawn(process.execPath, [here('newsletter-server.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const lines = createInterface({ input: newsletter.stdout });
  const [first] = (await once(lines, 'line')) as [string];
  lines.on('line', (line) => say(`    ${line}`));
  return { newsletter, url: `http://127.0.0.1:${first.split(' ').at(-1)}/consent` };
}

function tell({ answers, removed, retained }: SagaRecord): void {
  say('the record of the deletion:');
  for (const { voter, question, answer } of answers) say(`  ${voter} to ${question}: ${answer}`);
  for (const { service, cn } of removed) say(`  ${service} removed ${cn}`);
  for (const { service, what, until, basis } of retained)
    say(`  ${service} keeps ${what} until ${until} (${basis})`);
}

const data = await mkdtemp(join(tmpdir(), 'erase-customer-'));
const { newsletter, url } = await startedNewsletter();
const names = ['customers', 'orders', 'invoices', 'disputes', 'newsletter'];
const configs = loadExchangeConfigs(
  names.map((name) => here(`${name}.json`)),
  { env: { WEBHOOK__URL: url, WEBHOOK__SECRET: secret }, sections },
);
const deployment = await openDeployment({
  configs,
  services: [customers, orders, invoices, disputes],
  databaseUrl: `pglite://${data}`,
  log: () => undefined,
});
try {
  await deployment.start();
  const client = await deployment.client('the example');
  const ask = async (service: string, action: string, body: JsonObject) => {
    const to = { exchange: service, routingKey: `${service}_requests` };
    return (await client.request(to, { action, data: body })) as JsonObject;
  };
  const refused = await story(ask, say, 5_000);
  const tries = (await deployment.history(refused)).map(({ line }) => line);
  const saga = tries.find(({ outcome }) => outcome === 'deleted')?.['as'];
  const record = await deployment.sagaRecord(String(saga));
  if (record !== undefined) tell(record);
  await client.close();
} finally {
  await deployment.stop();
  newsletter.kill();
  await rm(data, { recursive: true });
}
