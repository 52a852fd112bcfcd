/**
 * Drawn requests without a socket, and 60 broken ones on a socket: no request is answered 500, every
 * answer is in the OpenAPI document, memory stays bounded, and the services still work afterwards.
 */
import { connect } from 'node:net';
import fc from 'fast-check';
import { httpSettings } from '../../../../config/http-settings.ts';
import { openHttpServer } from '../../../../edge/http/server.ts';
import { proofSize } from '../../../support/proof-size.ts';
import { assert, seed, suite } from '../../../support/suite.ts';
import { conformanceTo } from './conformance.ts';
import { httpWorld, startedDeployment } from './http-world.ts';

const test = suite('http: drawn requests', { deadlineMs: 550_000 });
const requests = proofSize('http-fuzz');
/** What the heap may grow by: the nodes that the requests make, and their messages, are kept. */
const grownMaxBytes = 100 * 2 ** 20 + requests * 40 * 2 ** 10;
const ids = [
  '018f2a10-0000-7000-8000-00000000dead',
  'x',
  '%2F',
  '..',
  '%00',
  'a%20b',
  '%F0%9F%98%80',
];
const texts = fc.oneof(
  fc.constantFrom(
    '',
    '*',
    '__proto__',
    'constructor',
    'null',
    'true',
    '1e999',
    '{',
    '[]',
    '\u0000',
  ),
  fc.constantFrom(...ids),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const keys = fc.oneof(
  fc.constantFrom('id', 'base', 'scope', 'filter', 'attributes', 'hierarchy', 'getParent'),
  fc.constantFrom('parentId', 'retry_of', 'if_plan', 'entity', 'deref', '__proto__', 'toString'),
  texts,
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 2, 1e308, ...ids),
    texts,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const query = fc
  .array(fc.tuple(keys, texts), { maxLength: 3 })
  .map((pairs) => pairs.map((pair) => pair.map(encoded).join('=')).join('&'));
const path = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...['objects', 'objects', 'tags', 'tags', 'connectors', 'plans', 'sagas']),
      fc.constantFrom('', '', '', '/', '/', '/', '/aliases', ...ids.map((id) => `/${id}`)),
      fc.constantFrom('', '', '', '', '', '', '/links/Tags', '/links/'),
    )
    .map(([entity, rest, end]) => `/v1/${entity}${rest}${end}`),
  fc.constantFrom('/v1/ghosts', '/v1/', '/v1/%', '/v2/objects'),
  fc.constantFrom('/livez', '/readyz', '/docs', '/openapi.json', '/', '/%', '//'),
);
const plausible = fc.record(
  {
    parentId: fc.constantFrom(null, null, ...ids),
    attributes: fc.dictionary(
      fc.constantFrom('description', 'note', 'x'),
      fc.oneof(texts, fc.integer(), fc.array(texts)),
    ),
  },
  { requiredKeys: [] },
);
const payload = fc.oneof(
  { weight: 4, arbitrary: plausible.map((value) => JSON.stringify(value)) },
  { weight: 3, arbitrary: values.map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{', '"\\ud800"', '9007199254740993', '{"a":1,"a":2}'),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
);
const header = fc.record(
  {
    'content-type': fc.constantFrom('application/json', 'text/json; charset=x', 'text/plain', 'x'),
    'content-encoding': fc.constantFrom('gzip', 'br', 'identity'),
    'idempotency-key': fc.constantFrom('a', '"b"', '', 'two words', 'k'.repeat(300)),
    prefer: fc.constantFrom(
      'wait=1',
      'respond-async',
      'wait=-1',
      'wait=99999999999',
      ',;=',
      'wait',
    ),
    accept: fc.constantFrom('text/event-stream', '*/*', ''),
    origin: fc.constantFrom('http://localhost:80', 'null', 'http://evil.example'),
    authorization: fc.constantFrom('Bearer x', 'Bearer', ''),
  },
  { requiredKeys: [] },
);
const request = fc.record({
  method: fc.constantFrom(
    'GET',
    'GET',
    'POST',
    'POST',
    'POST',
    'PUT',
    'DELETE',
    'PATCH',
    'HEAD',
    'OPTIONS',
  ),
  path,
  query: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: query }),
  payload,
  header: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: header }),
});

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

test(`${requests} drawn requests: no 500, every answer as the document says, and the services go on`, async () => {
  const { inject, created, stop } = await httpWorld();
  const differs = conformanceTo((await inject({ url: '/openapi.json' })).json());
  const statuses = new Set<number>();
  const beforeBytes = process.memoryUsage().heapUsed;
  for (const drawn of fc.sample(request, { numRuns: requests, seed: seed() })) {
    const { method, header: headers, payload: body } = drawn;
    const url = `${drawn.path}?${drawn.query}`;
    const bodyless = method === 'HEAD' || method === 'OPTIONS';
    const reply = await inject({
      method: method as 'GET',
      url,
      headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
      ...(bodyless ? {} : { payload: body }),
    });
    statuses.add(reply.statusCode);
    const told = `${JSON.stringify(drawn)} gave ${reply.statusCode} ${reply.body}`;
    // A client that waits 0 ms for its answer may have none.
    const isLate = reply.statusCode === 504 && headers !== undefined && 'prefer' in headers;
    assert.ok(reply.statusCode < 500 || isLate, told);
    assert.not.match(reply.body, /\n +at |node_modules/, told);
    if (reply.statusCode === 200 && method !== 'HEAD' && /^\/v1\/|z$/.test(drawn.path))
      assert.is(differs(method, url, reply), undefined, told);
    if (reply.statusCode >= 400 && method !== 'HEAD')
      assert.is(reply.json<{ status: number }>().status, reply.statusCode, told);
  }
  assert.ok(process.memoryUsage().heapUsed - beforeBytes < grownMaxBytes);
  // Fewer requests do not draw each kind of answer with every seed.
  const kinds = requests < 500 ? [404] : [200, 400, 404, 415, 422];
  for (const status of kinds) assert.ok(statuses.has(status), `${status}`);
  assert.match(await created('tags', 'afterwards'), /^[0-9a-f-]{36}$/);
  await stop();
});

/** The first line of the answer to the bytes; '' if the connection ends without an answer. */
function answerTo(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''));
  });
}

test('60 drawn pieces of bytes on the socket: 400 or the end of the connection, and the server goes on', async () => {
  const deployment = await startedDeployment();
  const server = await openHttpServer(deployment, httpSettings({}), () => undefined);
  const port = Number(new URL(server.url).port);
  const head = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'POST /v1/tags HTTP/1.1\r\nhost: localhost\r\n',
    'G',
    '',
  );
  const bytes = fc.tuple(head, fc.string({ unit: 'binary', maxLength: 60 }));
  for (const [start, rest] of fc.sample(bytes, { numRuns: 60, seed: seed() })) {
    const line = await answerTo(port, Buffer.from(`${start}\u0001${rest}\r\n\r\n`));
    assert.match(line, /^(?:HTTP\/1\.1 4\d\d .*|)$/, `${JSON.stringify(start + rest)}: ${line}`);
  }
  assert.is((await fetch(`${server.url}/livez`)).status, 200);
  await server.close();
  await deployment.stop();
});

test.run();
