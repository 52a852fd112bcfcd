import { Broken, Conflict, Transient } from '../../../../runtime/ports/errors.ts';
import { meaningOf } from '../../../../runtime/postgres/driver-errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('driver errors');

/** SQLSTATE, and the class that the error has for the runtime: none means undecided. */
const states: readonly (readonly [string, string, (typeof Broken)['name'] | undefined])[] = [
  ['connection_failure', '08006', Transient.name],
  ['too_many_connections', '53300', Transient.name],
  ['disk_full', '53100', Transient.name],
  ['lock_not_available', '55P03', Transient.name],
  ['admin_shutdown', '57P01', Transient.name],
  ['cannot_connect_now', '57P03', Transient.name],
  ['io_error', '58030', Transient.name],
  ['read_only_sql_transaction: a standby', '25006', Transient.name],
  ['a refused connection', 'ECONNREFUSED', Transient.name],
  ['serialization_failure', '40001', Conflict.name],
  ['deadlock_detected', '40P01', Conflict.name],
  ['character_not_in_repertoire: a NUL', '22021', Broken.name],
  ['untranslatable_character', '22P05', Broken.name],
  ['invalid_text_representation', '22P02', Broken.name],
  ['program_limit_exceeded: an index row too large', '54000', Broken.name],
  ['protocol_violation: a NUL in a statement', '08P01', undefined],
  ['query_canceled', '57014', undefined],
  ['undefined_table', '42P01', undefined],
  ['insufficient_privilege', '42501', undefined],
  ['no code', '', undefined],
];
for (const [what, code, meaning] of states) {
  test(`${what} ${code} is ${meaning ?? 'undecided'}`, () => {
    const error = Object.assign(new Error('said by the driver'), { code });
    const found = meaningOf(error, 'journal');
    assert.is(found === error ? undefined : (found as Error).name, meaning);
  });
}

test.run();
