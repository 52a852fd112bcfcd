/** The line of docs/trust.md about the journal's database: no check of messages stops a program that has access there. */
import { sections } from '../../../actors/sections.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { type Deployment, openDeployment } from '../../../composition/open-deployment.ts';
import { serviceConfigPathsOf } from '../../../config/load.ts';
import { Correlation } from '../../../runtime/messages/correlation.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('trust: access to the database', { needs: ['postgres'], deadlineMs: 60_000 });
const prefix = `trust_${process.pid}`;
const databaseUrl = `${servers.postgres}?schema=${prefix}`;
const services = { objects_model_crud: ['guest'] };
let deployment: Deployment;
let database: Database;

test.before(async () => {
  const env = { TRUST: JSON.stringify({ services, clients: { '*': ['guest'] } }) };
  const paths = serviceConfigPathsOf('objects_model_crud');
  const configs = loadExchangeConfigs(paths, { env, sections });
  deployment = await openDeployment({ configs, databaseUrl, log: noLog });
  await deployment.start();
  database = await openDatabase(databaseUrl, { stores: [] });
});
test.after(async () => {
  await deployment.stop();
  for (const store of ['journal', 'hierarchy', 'ledger'])
    await database.query(`drop schema if exists ${prefix}_${store} cascade`, []);
  await database.close();
});

/** The node and the nodes below it, leaves first: nobody is asked. */
async function removePastServices(id: string): Promise<void> {
  const nodes = `${prefix}_hierarchy.nodes`;
  const leaves = `with recursive below as (select id from ${nodes} where id = $1
      union all select child.id from ${nodes} child join below on child.parent_id = below.id)
    delete from ${nodes} leaf where id in (select id from below)
      and not exists (select 1 from ${nodes} child where child.parent_id = leaf.id)
    returning id`;
  while ((await database.query(leaves, [id])).length > 0);
}

test('database: a program removes a node without a vote, and computes correlation ids', async () => {
  const client = await deployment.client('test');
  const to = { exchange: 'objects', routingKey: 'objects_model_crud_consume' };
  const ask = async (action: string, data: JsonObject) =>
    (await client.request(to, { action, data })) as JsonObject;
  const { id = '' } = await ask('create', {});
  await removePastServices(String(id));
  assert.equal((await ask('read', { id }))['data'], []);
  const [row] = await database.query(`select secret from ${prefix}_journal.secret`, []);
  const correlation = new Correlation(String(row?.['secret']));
  const own = correlation.ofInternal('m', 'ensure-base', {});
  assert.ok(correlation.isInternal({ messageId: 'm', correlationId: own }, 'ensure-base', {}));
  await client.close();
});

test.run();
