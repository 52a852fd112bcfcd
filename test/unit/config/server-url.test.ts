/** URLs of servers; the words in the titles are those of `server-url.ts`. */
import { parseServerUrl, type ServerUrl, UrlProblem } from '../../../config/server-url.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('URL of a server');

function problem(url: string): string {
  try {
    parseServerUrl(url);
    return 'none';
  } catch (error) {
    return error instanceof UrlProblem ? error.message : String(error);
  }
}

function parsed(url: string): Partial<ServerUrl> {
  const { parameters, ...parts } = parseServerUrl(url);
  return { ...parts, ...(parameters.size === 0 ? {} : { parameters }) };
}

test('exact: every part is percent-decoded as UTF-8', () => {
  const url = 'amqp://u%3Aser:p%C3%A9%40%2F@Br%C3%B6ker.example:1234/a%2Fb?x=%20y&z';
  assert.equal(parsed(url), {
    scheme: 'amqp',
    user: 'u:ser',
    password: 'pé@/',
    host: 'xn--brker-kua.example',
    port: 1234,
    path: 'a%2Fb',
    parameters: new Map([
      ['x', ' y'],
      ['z', ''],
    ]),
  });
});

test('exact: letters beyond ASCII, a comma, a colon and an @ may stand raw in a password', () => {
  assert.is(parsed('amqp://u:é,x:y@z@h').password, 'é,x:y@z');
});

test('a URL may leave out everything behind the scheme', () => {
  const none = { user: undefined, password: undefined, port: undefined, path: undefined };
  assert.equal(parsed('x://'), { scheme: 'x', host: '', ...none });
  assert.is(parsed('x://[::1]:5').host, '::1');
  assert.is(parsed('x://my_host').host, 'my_host');
});

for (const [url, reason] of [
  ['broker', /no URL/],
  ['amqp:/broker', /no URL/],
  ['amqp://guest:hunter2/4@broker', /an @ behind the host/],
  ['amqp://guest:hunter2?4@broker', /an @ behind the host/],
  ['amqp://guest:hunter2#4@broker', /a # in the URL/],
  ['amqp://guest:hunter2%@broker', /% that begins no character in the password/],
  ['amqp://guest:hunter2%E9@broker', /% that begins no character in the password/],
  ['amqp://guest:hunter2%00@broker', /control character in the password/],
  ['amqp://guest:hunter2', /a port that is no such number; allowed: port/],
  ['amqp://broker:0', /port/],
  ['amqp://broker:65536', /port/],
  ['amqp://broker:', /port/],
  ['amqp://one,two', /a host that is none/],
  ['amqp://[1::hunter2]', /a host that is none/],
  ['amqp://h%41%zz', /in the host/],
  ['amqp://broker?a=1&a=2', /the parameter a twice/],
] as const) {
  test(`secret: ${url} is refused by the name of the part, without a password`, () => {
    assert.match(problem(url), reason);
    assert.not.match(problem(url), /hunter2/);
  });
}

test.run();
