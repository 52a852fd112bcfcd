/** The door of a running process: the numbers of `door.ts`. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Door, doorPath, knock, openDoor } from '../../../cli/door.ts';
import { Refused } from '../../../runtime/ports/errors.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('door');
let folder: string;
let path: string;
let doors: Door[] = [];
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'door-'));
  path = doorPath(join(folder, 'data'));
});
test.after.each(async () => {
  for (const door of doors) await door.close();
  doors = [];
  rmSync(folder, { recursive: true, force: true });
});

async function opened(
  handle = async (request: JsonObject): Promise<JsonObject> => ({ heard: request }),
): Promise<Door> {
  const door = await openDoor(path, handle);
  doors.push(door);
  return door;
}

test('a request is answered (1)', async () => {
  await opened();
  assert.equal(await knock(path, { want: 'this', text: 'two\nlines' }), {
    answer: { heard: { want: 'this', text: 'two\nlines' } },
  });
});

test('an error is an error, with its code (1)', async () => {
  await opened(async () => {
    throw new Refused('not-found', 'there is none');
  });
  const error = await knock(path, {}).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(
    error instanceof Refused && error.code === 'not-found' && error.message === 'there is none',
  );
});

test('several at once, and one that says nothing and goes', async () => {
  await opened();
  const silent = createConnection(path).on('error', () => undefined);
  const answers = await Promise.all([1, 2, 3].map((number) => knock(path, { number })));
  silent.destroy();
  assert.equal(
    answers.map((one) => one?.answer ?? null),
    [1, 2, 3].map((number) => ({ heard: { number } })),
  );
});

test('nobody is there: before it is opened, after it is closed, and behind a file', async () => {
  assert.is(await knock(path, {}), undefined);
  const door = await openDoor(path, async () => null);
  await door.close();
  assert.is(await knock(path, {}), undefined);
  writeFileSync(path, '');
  assert.is(await knock(path, {}), undefined);
});

test('it is its user’s alone (2)', async () => {
  await opened();
  assert.is(statSync(path).mode & 0o777, 0o600);
});

test('what a dead process left is taken over, a living one keeps its door (2)', async () => {
  writeFileSync(path, '');
  await opened();
  const second = await openDoor(path, async () => null).then(
    () => 'opened',
    () => 'refused',
  );
  assert.is(second, 'refused');
  assert.ok((await knock(path, {})) !== undefined);
});

test('a door with somebody in it can be closed', async () => {
  const door = await openDoor(path, () => new Promise(() => undefined));
  const waiting = knock(path, {}).then(
    () => 'answered',
    () => 'cut',
  );
  await new Promise<void>((resolve) =>
    createConnection(path, resolve).on('error', () => undefined),
  );
  await door.close();
  assert.is(await waiting, 'cut');
});

test.run();
