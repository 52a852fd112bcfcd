import { Broken } from '../../../../runtime/ports/errors.ts';
import { checkHistory } from '../../../../runtime/postgres/migration-history.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('migration history');
const listed = ['journal/001', 'journal/002', 'cards/001'];

const allowed: readonly (readonly [string, readonly string[]])[] = [
  ['a new database', []],
  ['a database of this code', listed],
  ['a database that lacks migrations', ['journal/001']],
  ['a database that newer code has migrated', [...listed, 'journal/003', 'cards/002']],
  ['a database with the tables of another process\u2019s store', ['journal/001', 'files/000']],
];

for (const [name, recorded] of allowed) {
  test(`${name} is opened`, () => {
    checkHistory(new Set(recorded), listed, 'x_journal');
  });
}

test('a database that lacks a migration and has another one is refused, with both names', () => {
  assert.throws(
    () => checkHistory(new Set(['journal/001', 'journal/002-other']), listed, 'x_journal'),
    (error) =>
      error instanceof Broken &&
      /'journal'.*journal\/002-other.*journal\/002/.test(error.message) &&
      error.code === 'config-invalid',
  );
});

test('the history of each store counts on its own', () => {
  assert.throws(
    () => checkHistory(new Set([...listed.slice(0, 2), 'cards/000']), listed, 'x_journal'),
    /'cards'/,
  );
});

test.run();
