import { noServers } from '../../../../actors/file-remover/http-files.ts';
import { interpretFileBody, removeSchema } from '../../../../actors/file-remover/messages.ts';
import { noBuckets } from '../../../../actors/file-remover/s3-sdk.ts';
import { filePlaces } from '../../../../actors/file-remover/section.ts';
import { checkSchema } from '../../../../runtime/messages/validation.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
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

test('roots are paths or file URLs; without any place nothing may be removed', () => {
  assert.equal(
    filePlaces({ sections: { file_remover: { roots: ['/tmp/a', 'file:///tmp/b%20c'] } } }).roots,
    ['/tmp/a', '/tmp/b c'],
  );
  assert.equal(filePlaces({ sections: { file_remover: {} } }), {
    roots: [],
    http: noServers,
    s3: noBuckets,
  });
});

test('servers have origins, networks and a time limit', () => {
  const http = { origins: ['https://a.test'], addresses: ['10.0.0.0/8'], timeout_ms: 5 };
  assert.equal(filePlaces({ sections: { file_remover: { http } } }).http, {
    origins: ['https://a.test'],
    addresses: ['10.0.0.0/8'],
    timeoutMs: 5,
    token: null,
  });
});

test('an origin with its default port and a network that is none are named', () => {
  const places = (http: JsonObject) => filePlaces({ sections: { file_remover: { http } } });
  assert.throws(
    () => places({ origins: ['https://a.test:443'] }),
    /\/file_remover\/http\/origins: found 'https:\/\/a.test:443', allowed is 'https:\/\/a.test'/,
  );
  assert.throws(() => places({ addresses: ['999.0.0.0/8'] }), /addresses: found '999.0.0.0\/8'/);
});

test.run();
