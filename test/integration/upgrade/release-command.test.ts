/** `unanimous machines release` over a database. */
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { programAt } from '../../support/program.ts';
import { assert, suite } from '../../support/suite.ts';
import { run } from '../cli/command.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';

const test = suite('cli: machines release', { needs: ['postgres'], deadlineMs: 120_000 });
const { file } = programAt(new URL('./bank-module.ts', import.meta.url));

test('the version of the code is released; a machine that waits for none is refused with those that do', async () => {
  const url = postgresUrl(ownPrefix());
  const database = await openDatabase(url, { stores: [] });
  const release = (machine: string) =>
    run(['machines', 'release', machine, '--module', file], { database_url: url });
  try {
    const journal = new SqlJournal({ database });
    await journal.open();
    const unknown = await release('bank/counter');
    assert.is(unknown.code, 1);
    assert.match(unknown.stderr, /bank\/counter waits for no release; allowed: bank\/account/);
    const done = await release('bank/account');
    assert.equal(
      [done.code, done.stdout],
      [0, 'bank/account: version 2 is released; processes store it within seconds\n'],
    );
    const version = { service: 'bank', machine: 'account', version: 2 };
    assert.equal(await journal.releasedVersions(['bank']), [version]);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test.run();
