/**
 * The control socket of a running process; the words in the titles are those of
 * `control-socket.ts`.
 */
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlRequestFrom } from '../../../cli/control-requests.ts';
import {
  askControlSocket,
  type ControlSocket,
  controlSocketPath,
  openControlSocket,
  type RequestHandler,
} from '../../../cli/control-socket.ts';
import { Refused } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('control socket');
let folder: string;
let path: string;
let sockets: ControlSocket[] = [];
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-'));
  path = controlSocketPath(join(folder, 'data'));
});
test.after.each(async () => {
  for (const socket of sockets) await socket.close();
  sockets = [];
  rmSync(folder, { recursive: true, force: true });
});

const echo: RequestHandler = async (request) => ({ echo: request });

async function open(handle = echo): Promise<void> {
  sockets.push(await openControlSocket(path, handle));
}

function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

test('one-line: a request is answered', async () => {
  await open();
  assert.equal(await askControlSocket(path, { kind: 'this', text: 'two\nlines' }), {
    answer: { echo: { kind: 'this', text: 'two\nlines' } },
  });
});

test('one-line: an error is replied to as an error, with its code', async () => {
  await open(async () => {
    throw new Refused('not-found', 'no such saga');
  });
  const error = await reasonOf(askControlSocket(path, {}));
  assert.ok(
    error instanceof Refused && error.code === 'not-found' && error.message === 'no such saga',
  );
});

test('one-line: a line that is no JSON is replied to as an error', async () => {
  await open();
  const reply = await new Promise<string>((resolve) => {
    const socket = createConnection(path, () => socket.write('no JSON\n'));
    socket.setEncoding('utf8').on('data', (text) => resolve(String(text)));
  });
  assert.match(reply, /^\{"error":\{"code":500,.*\}\n$/);
});

test('several requests at once, and a connection that sends nothing', async () => {
  await open();
  const silent = createConnection(path).on('error', () => undefined);
  const replies = await Promise.all([1, 2, 3].map((number) => askControlSocket(path, { number })));
  silent.destroy();
  assert.equal(
    replies.map((reply) => reply?.answer),
    [1, 2, 3].map((number): Json => ({ echo: { number } })),
  );
});

test('no process listens: before the socket is open, after it is closed, and behind a plain file', async () => {
  assert.is(await askControlSocket(path, {}), undefined);
  const socket = await openControlSocket(path, echo);
  await socket.close();
  assert.is(await askControlSocket(path, {}), undefined);
  writeFileSync(path, '');
  assert.is(await askControlSocket(path, {}), undefined);
});

test('one-user: other users may not connect, from the first moment of the socket on', async () => {
  const usual = process.umask(0);
  try {
    const opening = open();
    assert.is(statSync(path).mode & 0o777, 0o600);
    assert.is(process.umask(), 0, 'other files keep the rights that the process gives');
    await opening;
    assert.is(statSync(path).mode & 0o777, 0o600);
  } finally {
    process.umask(usual);
  }
});

test('one-owner: the file of a dead process is replaced, the socket of a living process is not', async () => {
  const dead = createServer().listen(`${path}.dead`);
  await once(dead, 'listening');
  renameSync(`${path}.dead`, path);
  dead.close();
  await open();
  const error = await reasonOf(openControlSocket(path, echo));
  assert.match(String(error), /EADDRINUSE/);
  assert.ok((await askControlSocket(path, {})) !== undefined);
});

test('a socket with an open request can be closed', async () => {
  const socket = await openControlSocket(path, () => new Promise(() => undefined));
  const waiting = reasonOf(askControlSocket(path, {}));
  await new Promise<void>((resolve) =>
    createConnection(path, resolve).on('error', () => undefined),
  );
  await socket.close();
  assert.match(String(await waiting), /stopped before it replied|ECONNRESET/);
});

test('checked: a request that is none of the known ones is refused', () => {
  const wrong: readonly Json[] = [
    null,
    'sagas',
    {},
    { kind: 'record' },
    { kind: 'saga-record', saga: 1 },
    { kind: 'send', service: 's', action: 'a' },
    { kind: 'send', service: 's', action: 1, data: [] },
    { kind: 'request', service: 's', action: 'a', data: {}, timeoutMs: 0 },
    { kind: 'drop', selection: {} },
    { kind: 'actors', of: 's', services: ['s'] },
  ];
  for (const request of wrong)
    assert.throws(
      () => controlRequestFrom(request),
      (error: unknown) => error instanceof Refused && error.code === 'bad-message',
    );
  const send = { kind: 'send', service: 's', action: 'a', data: { id: '1' } } as const;
  const list = { kind: 'dead-letters', limit: 3 } as const;
  for (const request of [send, list]) assert.equal(controlRequestFrom(request), request);
});

test('one-owner: a file that is no socket is not replaced', async () => {
  writeFileSync(path, 'a file of the user');
  await assert.rejects(openControlSocket(path, echo), /EADDRINUSE/);
  assert.is(readFileSync(path, 'utf8'), 'a file of the user');
});

test('one-path: a path that the system would cut is refused, and nobody is asked there', async () => {
  const long = join(folder, 'x'.repeat(110));
  const paths = ['shop-A', 'shop-B'].map((name) => controlSocketPath(`${long}-${name}`));
  for (const each of paths) {
    const error = await reasonOf(openControlSocket(each, echo));
    assert.ok(error instanceof Refused && /has 1\d\d bytes .*shorter --data/.test(error.message));
    assert.is(await askControlSocket(each, {}), undefined);
  }
  assert.equal(readdirSync(folder), []);
});

test.run();
