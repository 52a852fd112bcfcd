/** The error of an embedded database that cannot start. */
import { Broken } from '../../../../runtime/ports/errors.ts';
import { notStarted } from '../../../../runtime/postgres/pglite-folder.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('PGlite folder');

test('a start that fails names the folder and the reason, also for the number of a full disk', () => {
  const told = (folder: string, error: unknown) => {
    const found = notStarted(folder, error) as Broken;
    return [found.code, found.at, found.message];
  };
  const begin = 'the embedded database in';
  assert.equal(
    [
      told('data', { name: 'ErrnoError', errno: 51 }),
      told('data', new Error('PGlite is closed')),
      told('', { errno: 5 }),
    ],
    [
      [
        'config-invalid',
        'database_url',
        `${begin} data cannot start: no space is left on its disk`,
      ],
      ['config-invalid', 'database_url', `${begin} data cannot start: PGlite is closed`],
      ['config-invalid', 'database_url', `${begin} memory cannot start: {"errno":5}`],
    ],
  );
  const known = new Broken('config-invalid', 'known');
  assert.is(notStarted('data', known), known);
});

test.run();
