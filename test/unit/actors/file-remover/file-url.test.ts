/** URLs and the one file that each of them names, or the reason why it names none exactly. */
import { pathToFileURL } from 'node:url';
import { fileKey, fileUrlProblem, localNames } from '../../../../actors/file-remover/file-url.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('URLs of files');

test('the URL of a path, as Node.js and Python write it, names the path', () => {
  const path = "/tmp/кот и %/a#b?c (1)@[2]'s+.txt";
  const byPython =
    'file:///tmp/%D0%BA%D0%BE%D1%82%20%D0%B8%20%25/a%23b%3Fc%20%281%29%40%5B2%5D%27s%2B.txt';
  for (const url of [pathToFileURL(path).href, byPython]) {
    assert.is(fileUrlProblem(url), undefined);
    assert.is(`/${localNames(url).join('/')}`, path);
  }
  assert.is(fileKey(byPython), fileKey(pathToFileURL(path).href));
});

test('URLs of objects on servers are in order', () => {
  for (const url of ['https://example.org/a.png', 'http://[::1]:8080/a/b', 's3://Bucket/a/b.png'])
    assert.is(fileUrlProblem(url), undefined, url);
});

const refused: readonly (readonly [string, RegExp])[] = [
  ['file:///tmp/report#1.pdf', /has a fragment/],
  ['file:///tmp/photo.jpg?v=2', /has a query/],
  ['file:///tmp/photo.jpg?', /has a query/],
  ['file:///tmp/a\\b.txt', /has a backslash/],
  ['file:///tmp/name ', /'name ' is not in its normal form 'name%20'/],
  [' file:///tmp/name', /does not begin as/],
  ['file:///tmp/na\tme', /not in its normal form/],
  ['file:///tmp/кот', /not in its normal form '%D0%BA%D0%BE%D1%82'/],
  ['file:///tmp/\ud800', /not in its normal form/],
  ['file:///tmp/%41', /not in its normal form 'A'/],
  ['file:///tmp/a%2db', /not in its normal form 'a-b'/],
  ['file:///tmp/%d0%ba', /not in its normal form '%D0%BA'/],
  ['file:///tmp/100%', /an escape that is not UTF-8/],
  ['file:///tmp/%FF', /an escape that is not UTF-8/],
  ['file:///tmp/a%2Fb', /an escaped slash or a NUL/],
  ['file:///tmp/a%00b', /an escaped slash or a NUL/],
  ['file:///tmp/./a', /the part '\.'/],
  ['file:///tmp/../a', /the part '\.\.'/],
  ['file:///tmp/%2E%2E/a', /the part '\.\.'/],
  ['file:///tmp//a', /a part of its path is empty/],
  ['file:////tmp/a', /a part of its path is empty/],
  ['file:///tmp/a/', /a part of its path is empty/],
  ['file:///', /a part of its path is empty/],
  ['file:/tmp/a', /does not begin as/],
  ['FILE:///tmp/a', /does not begin as/],
  ['file://localhost/tmp/a', /names the host 'localhost'/],
  ['file://elsewhere/tmp/a', /names the host 'elsewhere'/],
  ['https://Example.org/a', /the host 'Example.org' is not in its normal form 'example.org'/],
  ['https://example.org:443/a', /not in its normal form 'example.org'/],
  ['http://2130706433/a', /not in its normal form '127.0.0.1'/],
  ['https://kim:x@example.org/a', /names a user/],
  ['https://example.org', /does not begin as/],
  ['https:///a', /not in its normal form/],
  ['data:,x', /does not begin as/],
  ['nonsense', /does not begin as/],
];

test('a URL that has two readings or two spellings is refused with the reason', () => {
  for (const [url, reason] of refused) {
    assert.match(fileUrlProblem(url) ?? 'no problem', reason, url);
    assert.throws(() => localNames(url), Refused);
  }
});

test.run();
