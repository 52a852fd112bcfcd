import {
  documentText,
  type EditedMessage,
  editableMessage,
  messageFrom,
  withSets,
} from '../../../cli/edited-message.ts';
import type { StoredDeadLetter } from '../../../runtime/ports/dead-letter.ts';
import { deadLetter } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('edited message');

function stored(body: Uint8Array | string, more: Partial<StoredDeadLetter> = {}): StoredDeadLetter {
  const { atMs, ...rest } = deadLetter('d1', 5);
  const times = { firstAtMs: atMs, lastAtMs: atMs, count: 1, replayRequested: false };
  return { ...rest, ...times, body: Buffer.from(body).toString('base64'), ...more };
}
const message: EditedMessage = { headers: { x: 1 }, text: '{"data":{"ids":["a"]},"n":1.50}' };

test('a document that nobody changes gives the same message', () => {
  for (const text of ['{"a":[1,{"b":null}]}', '7', '"text"']) {
    const given = { headers: { deep: { list: [1] } }, text };
    assert.equal(messageFrom(documentText(given)), given);
  }
  const plain = { headers: {}, text: '{"looks":"like JSON"}' };
  assert.equal(messageFrom(documentText(plain, 'text/plain'), 'text/plain'), plain);
});

test('--set changes members of objects and items of lists, and adds what is not there', () => {
  const sets = [
    '/body/data/ids/0="b"',
    '/body/data/ids/-="c"',
    '/body/data/new={"a=b":true}',
    '/headers/x=null',
    '/headers/a~1b=2',
  ];
  const { headers, text } = withSets(message, sets);
  assert.equal(headers, { x: null, 'a/b': 2 });
  assert.equal(JSON.parse(text), { data: { ids: ['b', 'c'], new: { 'a=b': true } }, n: 1.5 });
  assert.is(withSets(message, []).text, message.text, 'no change keeps the bytes');
  assert.is(withSets({ headers: {}, text: 'no JSON' }, ['/body={"a":1}']).text, '{"a":1}');
});

for (const [set, told] of [
  ['/data/id=1', /allowed: <pointer>=<json>, where the pointer begins with \/body or \/headers/],
  ['/body/data', /allowed: <pointer>=<json>/],
  ['/body/data=b', /--set \/body\/data is no JSON/],
  [
    '/body/data/ids/2="c"',
    /\/body\/data\/ids\/2: the list has 1 items; allowed: an index from 0 to 1, or -/,
  ],
  ['/body/n/x=1', /\/body\/n\/x: \/body\/n is 1.5; allowed: a pointer into an object or a list/],
  ['/headers=7', /found 7; allowed: headers, an object/],
  ['/body/n=12345678901234567890', /changes the number 12345678901234567890/],
] as const)
  test(`--set ${set} is refused with its place`, () => {
    assert.throws(() => withSets(message, [set]), told);
  });

for (const [name, given, told] of [
  [
    'bytes that are no text',
    stored(Uint8Array.of(0xff, 0xfe)),
    /has 2 bytes that are no UTF-8 text/,
  ],
  [
    'a compressed body',
    stored('x', { properties: { persistent: false, contentEncoding: 'gzip' } }),
    /is compressed \("gzip"\); send a message of your own/,
  ],
  ['a timer', stored('{}', { kind: 'timer' }), /is of the kind timer/],
] as const)
  test(`${name}: nobody can edit it, and the operator is told what to do`, () => {
    assert.throws(() => editableMessage(given), told);
  });

test('an edited text that is no document is refused', () => {
  assert.throws(() => messageFrom('{"headers":{}}'), /found headers; allowed: an object with body/);
  assert.throws(() => messageFrom('{'), /the edited text is no JSON/);
});

test.run();
