/** Correlation ids under the secret of a journal, and the proof of an internal message. */
import { Correlation } from '../../../../runtime/messages/correlation.ts';
import { newSecret } from '../../../../runtime/ports/secret.ts';
import { seededSecret } from '../../../../runtime/simulated/seeded-secret.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('correlation ids');
const correlation = new Correlation('one');

test('a question that is sent again has the same correlation id, in any process of the journal', () => {
  assert.is(correlation.ofQuestion('T/n/x'), new Correlation('one').ofQuestion('T/n/x'));
});

test('another message id or another secret gives another correlation id', () => {
  const ids = [
    correlation.ofQuestion('T/n/x'),
    correlation.ofQuestion('T/n/y'),
    new Correlation('two').ofQuestion('T/n/x'),
    correlation.ofInternal('T/n/x', 'operate', {}),
  ];
  assert.is(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[\w-]{43}$/);
});

test('an internal message is known by its message id, action and data', () => {
  const messageId = 'm';
  const correlationId = correlation.ofInternal(messageId, 'operate', { saga: 'T', by: 'ann' });
  const properties = { messageId, correlationId };
  assert.ok(correlation.isInternal(properties, 'operate', { by: 'ann', saga: 'T' }));
  assert.not.ok(correlation.isInternal(properties, 'operate', { by: 'bob', saga: 'T' }));
  assert.not.ok(correlation.isInternal(properties, 'cancel', { saga: 'T', by: 'ann' }));
  assert.not.ok(
    correlation.isInternal({ ...properties, messageId: 'n' }, 'operate', { saga: 'T' }),
  );
});

test('a message without these properties, or with the id of a question, is not internal', () => {
  const asked = correlation.ofQuestion('m');
  for (const properties of [
    {},
    { messageId: 'm' },
    { messageId: 'm', correlationId: '' },
    { messageId: 'm', correlationId: 'm' },
    { messageId: 'm', correlationId: asked },
  ])
    assert.not.ok(correlation.isInternal(properties, 'operate', {}));
});

test('a secret has 256 bits and is drawn anew; that of a seed is the same again', () => {
  assert.is(Buffer.from(newSecret(), 'base64url').length, 32);
  assert.is.not(newSecret(), newSecret());
  assert.is(seededSecret(7), seededSecret(7));
  assert.is.not(seededSecret(7), seededSecret(8));
});

test.run();
