import { Broken } from '../../../../runtime/ports/errors.ts';
import { redisAddress } from '../../../../runtime/redis/redis-url.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('URL of Redis');

test('a URL becomes the parts of a connection', () => {
  assert.equal(redisAddress('rediss://user:p%C3%A9@cache:1/3'), {
    host: 'cache',
    port: 1,
    db: 3,
    username: 'user',
    password: 'pé',
    tls: {},
  });
  assert.equal(redisAddress('redis://:secret@cache'), {
    host: 'cache',
    port: 6379,
    db: 0,
    password: 'secret',
  });
});

for (const [url, part] of [
  ['http://cache', /scheme/],
  ['redis://', /no host/],
  ['redis://cache/shop', /database "shop"/],
  ['redis://cache?db=1', /parameter "db"/],
  ['redis://cache:x', /port/],
] as const) {
  test(`${url} is refused with the part`, () => {
    assert.throws(
      () => redisAddress(url),
      (error: unknown) =>
        error instanceof Broken && error.at === 'cache_url' && part.test(error.message),
    );
  });
}

test.run();
