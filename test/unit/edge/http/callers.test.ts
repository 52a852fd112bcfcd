/** Who may send: bearer tokens that are listed or signed, and the caller in the messages. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyRequest } from 'fastify';
import { exportJWK, SignJWT } from 'jose';
import { httpSettings } from '../../../../config/http-settings.ts';
import { callersOf } from '../../../../edge/http/bearer-tokens.ts';
import { requestHeaders } from '../../../../edge/http/caller.ts';
import { ProblemError } from '../../../../edge/http/problem.ts';
import { unanimousRoutes } from '../../../../http.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { httpWorld, startedDeployment } from './http-world.ts';

const test = suite('http: callers', { deadlineMs: 60_000 });
const token = 'a-long-random-text';
const sha256 = createHash('sha256').update(token).digest('hex');
const callers = { clerk: { sha256: sha256.toUpperCase(), roles: ['reader'] } };
const audience = 'shop';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let folder: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-callers-'));
});
test.after(() => rm(folder, { recursive: true }));

async function jwksFile(): Promise<string> {
  const path = join(folder, 'keys.json');
  const key = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' };
  await writeFile(path, JSON.stringify({ keys: [key] }));
  return path;
}

async function pemFile(): Promise<string> {
  const path = join(folder, 'key.pem');
  await writeFile(path, pair.publicKey.export({ type: 'spki', format: 'pem' }));
  return path;
}

function signed(claims: JsonObject, key: KeyObject = pair.privateKey): Promise<string> {
  const all = { sub: 'ada', aud: audience, exp: 4_102_444_800, ...claims };
  return new SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key);
}

/** The caller of a token, or the status of the refusal. */
async function callerOf(settings: Parameters<typeof callersOf>[0], bearer: string) {
  const find = callersOf(settings);
  assert.ok(find !== undefined);
  return find(`Bearer ${bearer}`).catch((error: unknown) =>
    error instanceof ProblemError ? error.problem.status : error,
  );
}

test('a listed token names its caller; without one every route but health and the document is 401', async () => {
  const seen: (Headers | undefined)[] = [];
  const world = await httpWorld(
    (deployment) => ({
      ...deployment,
      client: async (name) => {
        const client = await deployment.client(name);
        return {
          close: () => client.close(),
          ping: (timeoutMs) => client.ping(timeoutMs),
          send: (...message) => client.send(...message),
          request: (to, body, options) => {
            seen.push(options?.headers);
            return client.request(to, body, options);
          },
        };
      },
    }),
    { callers, host: '0.0.0.0' },
  );
  const { inject, stop } = world;
  const get = async (url: string, headers: Record<string, string> = {}) =>
    (await inject({ url, headers: { host: 'shop.example', ...headers } })).statusCode;
  for (const url of ['/v1/objects/', '/v1/sagas/', '/v1/objects/x']) {
    const refused = await inject({ url });
    assert.equal([refused.statusCode, refused.headers['www-authenticate']], [401, 'Bearer']);
  }
  assert.is(await get('/v1/objects/', { authorization: `Bearer ${token}x` }), 401);
  assert.is(await get('/v1/objects/', { authorization: `Basic ${token}` }), 401);
  for (const url of ['/livez', '/readyz', '/openapi.json', '/docs']) assert.is(await get(url), 200);
  assert.equal(seen, []);
  assert.is(await get('/v1/objects/', { authorization: `bearer ${token}` }), 200);
  assert.equal(seen, [{ caller: 'clerk', 'caller-roles': ['reader'] }]);
  await stop();
});

test('one Idempotency-Key of two callers is two requests', async () => {
  const second = 'another-long-random-text';
  const hash = createHash('sha256').update(second).digest('hex');
  const { inject, stop } = await httpWorld(undefined, {
    callers: { ...callers, other: { sha256: hash } },
  });
  const create = async (bearer: string) => {
    const headers = { authorization: `Bearer ${bearer}`, 'idempotency-key': 'k' };
    const reply = await inject({ method: 'POST', url: '/v1/objects', payload: {}, headers });
    return reply.json<{ id: string }>().id;
  };
  const [first, again, others] = [await create(token), await create(token), await create(second)];
  assert.is(first, again);
  assert.is.not(first, others);
  await stop();
});

test('a signed token: by a key set and by one key, with audience, issuer, time and signature', async () => {
  for (const keys of [{ jwks_file: await jwksFile() }, { public_key_file: await pemFile() }]) {
    const settings = httpSettings({ callers, jwt: { ...keys, audience, issuer: 'idp' } });
    const ask = async (claims: JsonObject, key?: KeyObject) =>
      callerOf(settings, await signed({ iss: 'idp', ...claims }, key));
    assert.equal(await ask({ roles: ['a', 'b'] }), { name: 'ada', roles: ['a', 'b'] });
    assert.equal(await ask({ roles: 'a b' }), { name: 'ada', roles: ['a', 'b'] });
    assert.equal(await ask({ roles: 7 }), { name: 'ada', roles: [] });
    for (const claims of [{ aud: 'other' }, { iss: 'other' }, { exp: 1 }, { sub: '' }])
      assert.is(await ask(claims), 401);
    assert.is(await ask({}, other.privateKey), 401);
    assert.equal(await callerOf(settings, token), { name: 'clerk', roles: ['reader'] });
    assert.is(await callerOf(settings, 'a.b.c'), 401);
  }
});

test('a token without an end, without a signature, or signed by the public key as a secret is 401', async () => {
  const settings = httpSettings({ jwt: { jwks_file: await jwksFile(), audience } });
  const endless = new SignJWT({ sub: 'ada', aud: audience });
  const header = { alg: 'ES256', kid: 'one' };
  const withoutEnd = await endless.setProtectedHeader(header).sign(pair.privateKey);
  assert.is(await callerOf(settings, withoutEnd), 401);
  const part = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'none' })}.${part({ sub: 'ada', aud: audience })}.`;
  assert.is(await callerOf(settings, unsigned), 401);
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const confused = await new SignJWT({ sub: 'ada', aud: audience, exp: 4_102_444_800 })
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(Buffer.from(pem));
  assert.is(await callerOf(settings, confused), 401);
});

const day = 86_400;
const falseClaims: readonly (readonly [string, JsonObject])[] = [
  ['whose time has not come', { nbf: 4_102_444_800 }],
  ['whose time is over', { exp: day }],
  ['for another audience', { aud: 'shop.example' }],
  ['for a list without the audience', { aud: ['a', 'b'] }],
  ['with a number for its name', { sub: 7 }],
  ['with a list for its name', { sub: ['ada'] }],
  ['with an object for its name', { sub: { name: 'ada' } }],
  ['without a name', { sub: '' }],
  ['with a text for its end', { exp: 'never' }],
];
for (const [what, claims] of falseClaims)
  test(`a token ${what} is refused`, async () => {
    const settings = httpSettings({ jwt: { jwks_file: await jwksFile(), audience } });
    assert.is(await callerOf(settings, await signed(claims)), 401);
  });

test('a token that brings its own key is refused', async () => {
  const settings = httpSettings({ jwt: { jwks_file: await jwksFile(), audience } });
  const jwk = await exportJWK(other.publicKey);
  const claims = { sub: 'ada', aud: audience, exp: 4_102_444_800 };
  const headers = [{ jwk }, { kid: '../one' }, { crit: ['x'], x: 1 }, { kid: 'one', jwk }];
  for (const more of headers) {
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...more });
    const signing = token.sign(other.privateKey, { crit: { x: false } });
    assert.is(await callerOf(settings, await signing), 401, JSON.stringify(more));
  }
});

test('odd bytes in a bearer token prove nobody, and are no fault of the server', async () => {
  const settings = httpSettings({ callers, jwt: { jwks_file: await jwksFile(), audience } });
  const whole = await signed({});
  const [head = '', body = '', signature = ''] = whole.split('.');
  for (const odd of [
    ...[
      '\u00ff\u00fe\u0000',
      '..',
      '...',
      `${head}.${body}.`,
      `${head}..${signature}`,
      '%00',
      '\ud800',
    ],
    ...[
      `${whole}.`,
      `.${whole}`,
      `${whole}\u0000`,
      `${head}.${body}!.${signature}`,
      'x'.repeat(100_000),
    ],
  ])
    assert.is(await callerOf(settings, odd), 401, odd.slice(0, 40));
});

test('a file without keys is refused at start, with its name', async () => {
  const path = join(folder, 'nothing.json');
  assert.throws(
    () => callersOf(httpSettings({ jwt: { jwks_file: path, audience } })),
    new RegExp(path.replaceAll('.', '\\.')),
  );
});

test('a server of ones own names the caller itself, and refuses with a status of its own', async () => {
  const deployment = await startedDeployment();
  const app = Fastify();
  const callerOf = async ({ headers }: FastifyRequest) => {
    if (headers['x-user'] !== undefined) return { name: String(headers['x-user']), roles: [] };
    throw Object.assign(new Error('who are you?'), { statusCode: 403 });
  };
  await app.register(unanimousRoutes, { deployment, callerOf });
  const get = (headers: Record<string, string>) => app.inject({ url: '/v1/tags', headers });
  assert.is((await get({ 'x-user': 'ada' })).statusCode, 200);
  const refused = await get({});
  assert.equal([refused.statusCode, refused.json<JsonObject>()['detail']], [403, 'who are you?']);
  await app.close();
  await deployment.stop();
});

test('without a caller a message has no header of one', () => {
  assert.equal(requestHeaders({ unanimousCaller: null, unanimousSpan: null }), {});
});

test.run();
