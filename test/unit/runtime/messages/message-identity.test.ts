import { answerIdentity, messageIdentity } from '../../../../runtime/messages/message-identity.ts';
import type { MessageProperties } from '../../../../runtime/ports/envelope.ts';
import { assert, suite } from '../../../support/suite.ts';
import { delivery } from '../shop.ts';

const test = suite('message identity');

function identity(properties: Partial<MessageProperties>): string | null {
  return messageIdentity(delivery({}, properties), {});
}

test('claimed: the same id of another sender is another identity', () => {
  const ids = [{ appId: 'A' }, { appId: 'B' }, {}].map((sender) =>
    identity({ messageId: '1', ...sender }),
  );
  assert.equal(ids, ['1@A', '1@B', '1']);
});

test('told apart: no two pairs of sender and id have one identity', () => {
  const pairs: readonly Partial<MessageProperties>[] = [
    { messageId: '1@A' },
    { messageId: '1', appId: 'A' },
    { messageId: '1@A', appId: 'B' },
    { messageId: '1', appId: 'A@B' },
    { messageId: '1', appId: 'A%40B' },
    { correlationId: '1', replyTo: 'A', appId: 'B' },
    { correlationId: '1', replyTo: 'A' },
    { messageId: '1', appId: 'A/B' },
    { messageId: '1', appId: 'A/' },
    { correlationId: '1@A', replyTo: '' },
    { messageId: '1@A/' },
  ];
  const found = new Set(pairs.map(identity));
  found.add(answerIdentity('1', 'A'));
  assert.is(found.size, pairs.length + 1);
});

test('bounded: long ids are at most 200 bytes long and still differ', () => {
  const long = 'é'.repeat(125);
  const found = [identity({ messageId: long, appId: 'A' }), identity({ messageId: long })];
  assert.is(new Set(found).size, 2);
  for (const one of found) assert.ok(Buffer.byteLength(one ?? '') <= 200);
});

test.run();
