/** Files on a real HTTP server of this machine, whose answers the tests decide. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  fileActivities,
  type Preparation,
  type Removal,
} from '../../../../actors/file-remover/file-activities.ts';
import type { FileToTake } from '../../../../actors/file-remover/file-place.ts';
import { noServers } from '../../../../actors/file-remover/http-files.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { FaultServer } from '../../../support/fault-server.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('files on HTTP servers');
const sha256 = 'a'.repeat(64);
const digest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
const etag = '"v1"';
const present = { 'content-length': '7', etag, 'repr-digest': digest };
let server: FaultServer;

test.before.each(async () => {
  server = await FaultServer.start();
  server.on('HEAD /a.txt', { status: 200, headers: present });
});
test.after.each(() => server.stop());

async function run<T>(name: 'prepareFile' | 'removeFile', more: object = {}, settings = {}) {
  const http = {
    ...noServers,
    origins: [server.origin],
    addresses: ['127.0.0.1/32'],
    timeoutMs: 5_000,
    ...settings,
  };
  const found = activityOf(fileActivities({ roots: [], http })[name]);
  assert.ok(found);
  const file: FileToTake = { id: 'r1', url: `${server.origin}/a.txt`, ...more };
  return (await found.run(file, activityContext())) as T;
}
const prepared = (more = {}, settings = {}) => run<Preparation>('prepareFile', more, settings);
const removed = (more = {}, settings = {}) => run<Removal>('removeFile', more, settings);
const foundFile = { evidence: { status: 200, etag } };

/** The members of a result that the test names; a server's `Date` is the server's own. */
function assertResult(result: Preparation | Removal, expected: JsonObject): void {
  const { evidence, ...rest } = result as { evidence?: JsonObject } & Preparation;
  const { date: _, ...words } = evidence ?? {};
  assert.equal({ ...rest, ...(evidence == null ? {} : { evidence: words }) }, expected);
}

test('a file is looked at first: size, digest and ETag', async () => {
  assertResult(await prepared(), {
    kind: 'present',
    bytes: 7,
    sha256,
    evidence: { status: 200, etag },
    attempts: 1,
  });
  assert.equal(server.lines, ['HEAD /a.txt']);
});

test('a server gets at most sixteen requests of one kind at once', async () => {
  let [most, open] = [0, 0];
  const busy = createServer((_, response) => {
    open += 1;
    most = Math.max(most, open);
    // Further requests come within these turns of the loop, if there are any.
    void turns(50).then(() => {
      open -= 1;
      response.writeHead(404).end();
    });
  });
  busy.listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const origin = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
  const http = { ...noServers, origins: [origin], addresses: ['127.0.0.1/32'], timeoutMs: 30_000 };
  const prepare = activityOf(fileActivities({ roots: [], http }).prepareFile);
  const files = Array.from({ length: 60 }, (_, at) => ({ id: `${at}`, url: `${origin}/${at}` }));
  const found = await Promise.all(files.map((file) => prepare?.run(file, activityContext())));
  busy.close();
  assert.is(found.filter((one) => (one as Preparation).kind === 'absent').length, files.length);
  assert.ok(most > 1 && most <= 16, `${most} at once`);
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resume) => setImmediate(resume));
}

test('a file is removed by its ETag, with the token of the server', async () => {
  server.on('DELETE /a.txt', { status: 204 });
  assertResult(await removed(foundFile, { token: 'secret' }), {
    kind: 'removed',
    note: null,
    evidence: { status: 204, etag },
    attempts: 1,
  });
  const { 'if-match': match, authorization } = server.requests[0]?.headers ?? {};
  assert.equal([match, authorization], [etag, 'Bearer secret']);
});

test('an absent file is gone, before and at the removal', async () => {
  for (const status of [404, 410]) {
    server.on('HEAD /a.txt', { status });
    assert.equal(await prepared(), { kind: 'absent', note: 'absent', attempts: 1 });
    server.on('DELETE /a.txt', { status });
    assertResult(await removed(), {
      kind: 'removed',
      note: 'absent',
      evidence: { status },
      attempts: 1,
    });
  }
});

test('404 after a look that found the file is the removal by an earlier try', async () => {
  const result = await removed(foundFile);
  assert.equal([result.kind, result.note], ['removed', null]);
});

test('a server that forbids the look decides at the removal', async () => {
  for (const status of [403, 405, 501]) {
    server.on('HEAD /a.txt', { status });
    assertResult(await prepared(), { kind: 'present', bytes: null, sha256: null, attempts: 1 });
  }
});

test('a refusal of the server is final, with its words', async () => {
  server.on('DELETE /a.txt', { status: 403, body: 'read\u0000only\n' });
  assert.equal(await removed(), {
    kind: 'refused',
    note: 'refused: the server answers 403: read only',
    attempts: 1,
  });
});

test('a file that changed since the look stays', async () => {
  server.on('DELETE /a.txt', { status: 412 });
  const result = await removed(foundFile);
  assert.is(result.note, 'expectation-failed: the file has changed since it was looked at');
});

test('no redirect is followed', async () => {
  const elsewhere = { status: 307, headers: { location: `${server.origin}/b.txt` } };
  server.on('HEAD /a.txt', elsewhere);
  server.on('DELETE /a.txt', elsewhere);
  for (const result of [await prepared(), await removed()])
    assert.match(('note' in result && result.note) || '', /^refused: the server redirects \(307\)/);
  assert.equal(server.lines, ['HEAD /a.txt', 'DELETE /a.txt']);
});

test('a busy server that names a time is asked again then', async () => {
  const waits: readonly (readonly [Record<string, string>, number])[] = [
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 1_000],
    [{ 'retry-after': '9999999' }, 3_600_000],
    [
      { 'retry-after': 'Wed, 21 Oct 2026 07:28:09 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      9_000,
    ],
  ];
  for (const status of [429, 503])
    for (const [headers, delayMs] of waits) {
      const note = `the server answers ${status}`;
      server.on('HEAD /a.txt', { status, headers });
      server.on('DELETE /a.txt', { status, headers });
      const expected = { kind: 'later', delayMs, note, accepted: null, attempts: 1 };
      assert.equal(await prepared(), expected);
      assert.equal(await removed(), expected);
    }
});

test('an answer that may pass, and no whole answer, are followed by another try', async () => {
  for (const fault of [
    { status: 503 },
    { status: 500 },
    { status: 429, headers: { 'retry-after': 'soon' } },
    { status: 423 },
    { status: 200, body: 'x'.repeat(100_000) },
    'silence',
    'half',
    'reset',
  ] as const) {
    server.on('DELETE /a.txt', fault);
    await assert.rejects(removed({}, { timeoutMs: fault === 'silence' ? 50 : 5_000 }), Transient);
  }
});

test('an accepted removal is followed at its status URL until the file is gone', async () => {
  const location = '/jobs/1';
  server.on('DELETE /a.txt', { status: 202, headers: { location, 'retry-after': '3' } });
  const first = await removed(foundFile);
  const accepted = { status: `${server.origin}/jobs/1` };
  assert.is(first.kind, 'later');
  assert.equal('accepted' in first && [first.accepted, first.delayMs], [accepted, 3_000]);

  server.on('GET /jobs/1', { status: 200, body: '{"status": "InProgress"}' }, { status: 202 });
  for (const word of ['inprogress', '202'])
    assert.is((await removed({ accepted })).note, `the removal is under way: ${word}`);

  server.on('GET /jobs/1', { status: 200, body: '{"status": "Succeeded"}' });
  server.on('HEAD /a.txt', { status: 404 });
  assert.equal(
    [(await removed({ accepted })).kind, server.lines.at(-1)],
    ['removed', 'HEAD /a.txt'],
  );
});

test('an operation that failed is a refusal; the file of an operation that ended is asked for again', async () => {
  const accepted = { status: `${server.origin}/jobs/1` };
  server.on('GET /jobs/1', { status: 200, body: '{"status": "Failed"}' });
  const failed = await removed({ accepted });
  assert.is(failed.note, 'refused: the server has not carried the removal out: failed');
  server.on('GET /jobs/1', { status: 404 });
  server.on('DELETE /a.txt', { status: 204 });
  assert.is((await removed({ accepted })).kind, 'removed');
  assert.equal(server.lines.slice(-3), ['GET /jobs/1', 'HEAD /a.txt', 'DELETE /a.txt']);
});

test('an accepted removal without a status URL is looked for at the file', async () => {
  server.on('DELETE /a.txt', { status: 202 });
  const accepted = { status: null };
  const first = await removed();
  assert.equal('accepted' in first && first.accepted, accepted);
  assert.is((await removed({ accepted })).kind, 'later');
  server.on('HEAD /a.txt', { status: 410 });
  assert.is((await removed({ accepted })).kind, 'removed');
  assert.equal(server.lines, ['DELETE /a.txt', 'HEAD /a.txt', 'HEAD /a.txt']);
});

test('a server that is not listed is not asked', async () => {
  const other = `http://localhost:${server.port}`;
  for (const url of [`${other}/a.txt`, `https://127.0.0.1:${server.port}/a.txt`])
    assert.match(
      (await removed({ url })).note ?? '',
      /^not-permitted: .* does not list this server/,
    );
  server.on('DELETE /a.txt', { status: 202, headers: { location: `${other}/jobs/1` } });
  assert.match((await removed()).note ?? '', /^not-permitted: the status URL is on/);
  assert.equal(server.lines, ['DELETE /a.txt']);
});

test.run();
