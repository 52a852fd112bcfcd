import { interpretFileBody, removeSchema } from '../../../../actors/file-remover/messages.ts';
import { removalRoots } from '../../../../actors/file-remover/section.ts';
import { checkSchema } from '../../../../runtime/messages/validation.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('file messages');

test('a bare URL is a removal', () => {
  assert.equal(interpretFileBody('file:///a'), { action: 'remove', data: { url: 'file:///a' } });
});

test('an object with a URL is a removal', () => {
  const body = { url: 'file:///a', card: 'c1', id: 'r1' };
  assert.equal(interpretFileBody(body), { action: 'remove', data: body });
});

test('a task as the seed publishes it is a removal', () => {
  const body = { file_removal: { url: 'file:///a' }, request_id: 'r1' };
  assert.equal(interpretFileBody(body), { action: 'remove', data: { url: 'file:///a' } });
});

test('other bodies are read as usual', () => {
  for (const body of [null, 7, [], {}, { action: 'read', data: { url: 'file:///a' } }])
    assert.is(interpretFileBody(body), undefined);
});

test('what is no absolute URL is refused', () => {
  for (const url of ['a.png', '/tmp/a.png', '', 'file:///a\u0000']) {
    assert.throws(() => checkSchema(removeSchema, { url }, '/data'), /\/data\/url/);
  }
});

test('roots are paths or file URLs; without any nothing may be removed', () => {
  assert.equal(
    removalRoots({ sections: { file_remover: { roots: ['/tmp/a', 'file:///tmp/b%20c'] } } }),
    ['/tmp/a', '/tmp/b c'],
  );
  assert.equal(removalRoots({ sections: { file_remover: {} } }), []);
});

test.run();
