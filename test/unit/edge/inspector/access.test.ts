/** Who may use the inspector: hosts, origins, tokens, and readers who want to act. */
import { assert, suite } from '../../../support/suite.ts';
import { type InspectorWorld, inspectorWorld, operatorToken } from './inspector-world.ts';

const test = suite('inspector: access', { deadlineMs: 30_000 });
let world: InspectorWorld;

test.before(async () => {
  world = await inspectorWorld({ names: ['inspector.shop.example'] });
});
test.after(() => world.stop());

async function statusOf(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return (await world.ask(path, { headers })).statusCode;
}

test('host: a name of a foreign domain that resolves to this address is refused, with a token too', async () => {
  for (const host of [
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil',
  ])
    assert.is(await statusOf('session', { host }), 421, host);
  const page = await world.inject({ url: '/inspector/', headers: { host: 'evil.example' } });
  assert.is(page.statusCode, 421);
});

test('host: loopback names and the names of the settings are taken', async () => {
  for (const host of ['127.0.0.1:9', 'localhost', '[::1]:9', 'Inspector.shop.example'])
    assert.is(await statusOf('session', { host }), 200, host);
});

test('origin: only the page of the inspector may send requests', async () => {
  assert.is(await statusOf('session', { origin: 'http://127.0.0.1:80' }), 200);
  for (const origin of ['https://evil.example', 'http://127.0.0.1:8080', 'null'])
    assert.is(await statusOf('session', { origin }), 403, origin);
  assert.is(await statusOf('session', { 'sec-fetch-site': 'same-origin' }), 200);
  for (const site of ['cross-site', 'same-site'])
    assert.is(await statusOf('session', { 'sec-fetch-site': site }), 403, site);
});

test('token: without a valid token no route of the API answers', async () => {
  const paths = [
    'session',
    'overview',
    'events',
    'sagas/x',
    'actors/x',
    'actors/x/y/z',
    'tree',
    'nodes/x',
    'nodes/x/plan',
    'dead-letters',
    'dead-letters/x',
  ];
  for (const path of paths) {
    assert.is(await statusOf(path, { authorization: '' }), 401, path);
    assert.is(await statusOf(path, { authorization: 'Bearer guess' }), 401, path);
  }
  const inQuery = await world.inject({
    url: `/inspector/api/session?token=${operatorToken}`,
    headers: { host: 'localhost' },
  });
  assert.is(inQuery.statusCode, 401);
});

test('acting: a reader may not act; nothing is changed', async () => {
  const method = 'POST';
  const refused = await world.ask('dead-letters/x/drop', { method });
  assert.is(refused.statusCode, 403);
  assert.match(refused.json().detail, /rosa may look/);
  const allowed = await world.ask('dead-letters/x/drop', { method, token: operatorToken });
  assert.is(allowed.statusCode, 404);
});

test('token: the session says the name of the person and what the person may', async () => {
  assert.equal((await world.ask('session')).json().mayAct, false);
  const operator = (await world.ask('session', { token: operatorToken })).json();
  assert.equal({ name: operator.name, mayAct: operator.mayAct }, { name: 'ivanova', mayAct: true });
});

test('strict: the page needs no token, loads nothing foreign and is shown in no frame', async () => {
  const { statusCode, headers, body } = await world.inject({
    url: '/inspector/',
    headers: { host: 'localhost' },
  });
  assert.is(statusCode, 200);
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.not.match(policy, /unsafe|https?:/);
  assert.is(headers['referrer-policy'], 'no-referrer');
  assert.not.match(body, /https?:|<script>|style=/);
});

test.run();
