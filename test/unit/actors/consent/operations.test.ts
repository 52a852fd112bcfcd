/** The operator of an override: the user of the broker, and the text that the operator gives. */
import { operatorLine, signed } from '../../../../actors/consent/operations.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('consent: the operator of an override');
const data = { by: 'the night shift', why: 'the voter is gone' };

test('where users are checked, `by` is the user and the given text stands beside it as `person`', () => {
  const { by, person, why } = signed({ provesUsers: true }, { user: 'ops' }, data);
  assert.equal({ by, person, why }, { by: 'ops', person: 'the night shift', why: data.why });
});

test('where users are not checked, `by` is the given text and there is no person', () => {
  assert.equal(signed({ provesUsers: false }, { user: 'ops' }, data), data);
  assert.equal(signed({ provesUsers: true }, { user: null }, data), data);
});

test('a `person` that stands in the data counts for nothing where users are checked', () => {
  const forged = { ...data, person: 'root' };
  assert.is(signed({ provesUsers: true }, { user: 'ops' }, forged).person, 'the night shift');
});

test('the history has both', () => {
  const operator = signed({ provesUsers: true }, { user: 'ops' }, data);
  const line = operatorLine({ ...operator, operation: 'cancel' });
  assert.equal([line['by'], line['person']], ['ops', 'the night shift']);
});

test.run();
