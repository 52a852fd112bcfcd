import { openDeployment } from '../../../../deployment.ts';
import { type DeletionPlan, loadExchangeConfigs, sections } from '../../../../index.ts';
import { asking } from './ask.ts';

type Created = { id: string };

const files = ['suppliers.json', 'parts.json'];
const configs = loadExchangeConfigs(files, { env: process.env, sections });
const shop = await openDeployment({ configs, databaseUrl: 'pglite://shop-data' });
await shop.start();
const client = await shop.client('shop');
const ask = asking(client);

const bolts = await ask<Created>('suppliers', 'create', { attributes: { cn: 'Bolts Ltd' } });
for (const cn of ['M6', 'M8'])
  await ask('parts', 'create', { attributes: { cn, supplierId: bolts.id } });

const plan = await ask<DeletionPlan>('suppliers', 'plan', { id: bolts.id });
console.log(
  plan.outcome,
  plan.nodes.map(({ service, cn }) => `${service}: ${cn}`),
);

console.log(await ask('suppliers', 'delete', { id: bolts.id, if_plan: plan.hash }));
console.log(await ask('parts', 'read', { filter: { cn: ['M6', 'M8'] } }));

await client.close();
await shop.stop();
