import { openDeployment } from '../../../../deployment.ts';
import { loadExchangeConfigs, sections } from '../../../../index.ts';
import { asking } from './ask.ts';

type Created = { id: string };

const files = ['suppliers.json', 'parts.json'];
const configs = loadExchangeConfigs(files, { env: process.env, sections });
const shop = await openDeployment({ configs, databaseUrl: 'pglite://shop-data' });
await shop.start();
const client = await shop.client('shop');
const ask = asking(client);

const acme = await ask<Created>('suppliers', 'create', { attributes: { cn: 'ACME' } });
const bolt = await ask<Created>('parts', 'create', {
  attributes: { cn: 'bolt', supplierId: acme.id },
});

console.dir(await ask('suppliers', 'delete', { id: acme.id }), { depth: null }); // no: the bolt needs it
console.log(await ask('parts', 'delete', { id: bolt.id }));
console.log(await ask('suppliers', 'delete', { id: acme.id })); // yes

await client.close();
await shop.stop();
