/** The examples that put the routes of a deployment into an app of Express and one of NestJS. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Deployment, openDeployment, packageServices } from '../../../deployment.ts';
import { shopApp as expressApp } from '../../../examples/in-express/shop-app.ts';
import { shopApp as nestApp } from '../../../examples/in-nest/shop-app.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('examples: Express and NestJS', { deadlineMs: 60_000 });
let deployment: Deployment;

test.before(async () => {
  deployment = await openDeployment({
    services: packageServices('objects'),
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
});
test.after(() => deployment.stop());

async function answer(url: string, method = 'GET', body?: object) {
  const headers = { 'content-type': 'application/json' };
  const content = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  const response = await fetch(url, { method, ...content });
  return { response, text: await response.text() };
}

/** A round through the routes of the deployment, and through those of the app itself. */
async function checkRound(url: string, cn: string): Promise<void> {
  const own = await answer(`${url}/`);
  assert.is(own.text, 'the shop');
  const ordered = await answer(`${url}/orders`, 'POST', { part: 'bolt' });
  assert.equal(JSON.parse(ordered.text), { ordered: 'bolt' });
  const made = await answer(`${url}/api/v1/objects/`, 'POST', { attributes: { cn } });
  assert.is(made.response.status, 201);
  const place = String(made.response.headers.get('location'));
  assert.match(place, /^\/api\/v1\/objects\/[0-9a-f-]{36}$/);
  const found = await answer(`${url}${place}`);
  assert.equal(JSON.parse(found.text).attributes.cn, [cn]);
  const refused = await answer(`${url}${place}`, 'PUT', { scope: 1 });
  assert.match(String(refused.response.headers.get('content-type')), 'application/problem+json');
  const removed = await answer(`${url}${place}`, 'DELETE');
  assert.equal([removed.response.status, removed.text], [200, '{}']);
  assert.is((await answer(`${url}${place}`)).response.status, 404);
  assert.is((await answer(`${url}/nothing`)).response.status, 404);
}

test('Express: the routes under /api, beside routes and body parsers of the app', async () => {
  const { app, closeRoutes } = await expressApp(deployment);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await checkRound(`http://127.0.0.1:${port}`, 'in Express');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await closeRoutes();
});

test('NestJS: the routes under /api, beside controllers of the app', async () => {
  const app = await nestApp(deployment);
  await app.listen(0, '127.0.0.1');
  await checkRound(await app.getUrl(), 'in NestJS');
  await app.close();
});

test.run();
