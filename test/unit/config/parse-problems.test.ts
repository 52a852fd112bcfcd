/** How a problem of a config is told: its place, what was found and what is allowed. */
import { ConfigError } from '../../../config/config-error.ts';
import { exchangeConfigSchema } from '../../../config/schema.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, issuesOfText, pointers, reader, schemes, sections, tags } from './sample.ts';

const test = suite('exchange config: problems');

test('malformed JSON: file, line and column', () => {
  const found = issuesOfText('{\n "svc_name": "a",,\n}');
  assert.equal(found, [
    {
      file: 'a.json',
      pointer: '',
      line: 2,
      column: 18,
      found: '","',
      allowed: 'a key in double quotes',
    },
  ]);
});

test('the message has a line for each problem, with the position where there is one', () => {
  const error = new ConfigError([...issuesOfText('{"__proto__": 1, "x": }')]);
  assert.is(
    error.message,
    [
      'the exchange config is refused, 2 problems:',
      '  a.json:1:2 /__proto__: found the key "__proto__"; allowed: any other key',
      '  a.json:1:23 /x: found "}"; allowed: a JSON value',
    ].join('\n'),
  );
  assert.is(error.code, 'config-invalid');
});

test('a refused key does not hide the other problems', () => {
  assert.equal(
    pointers(issuesOfText('{"svc_name": "s", "svc_name": "t", "x": {"prototype": 1}}')),
    ['/svc_name', '/x/prototype', '/x'],
  );
});

test('a file that is no object is refused', () => {
  assert.equal(issuesOfText('[1]'), [
    { file: 'a.json', pointer: '', found: '[1]', allowed: 'an object' },
  ]);
});

test('an unknown key: its pointer, its name, the allowed keys', () => {
  const found = issues({ ...tags, publish: { main: { ...tags.publish.main, durrable: true } } });
  assert.equal(found, [
    {
      file: 'a.json',
      pointer: '/publish/main/durrable',
      found: 'the key "durrable" (did you mean \'durable\'?)',
      allowed:
        'name, type, routing_key, queue, queue_name, durable, auto_delete, arguments, declare, exclusive, queue_type, exchange',
    },
  ]);
});

test('an unknown top-level key: the sections are among what is allowed', () => {
  const [issue] = issues({ svc_name: 's', 'pub/lish~': {} });
  assert.is(issue?.pointer, '/pub~1lish~0');
  assert.match(
    issue?.allowed ?? '',
    /^\$schema, svc_name, .*, log, process, trust, trust_file, api_crud, cards, transactions, chains, file_remover$/,
  );
});

test('a missing key: the pointer where it should be', () => {
  assert.equal(issues({ publish: {} }), [
    {
      file: 'a.json',
      pointer: '/svc_name',
      found: 'nothing',
      allowed:
        'a string of at most 200 characters that matches ^[^/*#\\s]+$, like "tags_model_crud"',
    },
  ]);
});

test('a wrong type: the value found, the type allowed', () => {
  assert.equal(issues({ svc_name: 's', limits: { depth: 'deep' } }), [
    {
      file: 'a.json',
      pointer: '/limits/depth',
      found: '"deep"',
      allowed: 'an integer of at least 1',
    },
  ]);
});

test('a value outside a list of values', () => {
  assert.equal(issues(reader({ type: 'fanot' })), [
    {
      file: 'a.json',
      pointer: '/consume/main/type',
      found: '"fanot"',
      allowed: 'one of "direct", "fanout", "topic", "headers"',
    },
  ]);
});

test('a value that fits no branch of a union: all branches are allowed', () => {
  assert.equal(issues(reader({ routing_key: 5 })), [
    {
      file: 'a.json',
      pointer: '/consume/main/routing_key',
      found: '5',
      allowed:
        'a string of at most 255 characters or a list, each item a string of at most 255 characters (at least 1)',
    },
  ]);
});

test('a problem inside a union: only the intended branch', () => {
  assert.equal(pointers(issues(reader({ routing_key: ['a', 5] }))), [
    '/consume/main/routing_key/1',
  ]);
  assert.equal(
    pointers(
      issues({
        svc_name: 's',
        consume: { queue_name: 'q', exchanges: { main: { nam: 'x', routing_key: 'k' } } },
      }),
    ),
    ['/consume/exchanges/main/nam', '/consume/exchanges/main/name'],
  );
  assert.equal(
    pointers(issues({ svc_name: 's', file_remover: { target: { kind: 's3', bucket: 5 } } })),
    ['/file_remover/target/bucket'],
  );
});

test('a secret in the file is refused and not shown', () => {
  const found = issues({
    svc_name: 's',
    amqp_url: 'amqp://guest:geheim@h',
    file_remover: { password: 'geheim' },
  });
  assert.equal(pointers(found), ['/amqp_url', '/file_remover/password']);
  assert.match(found[0]?.allowed ?? '', 'AMQP_URL_FILE');
  assert.not.match(JSON.stringify(found), 'geheim');
});

test('a wrong value under a secret key is not shown', () => {
  assert.not.match(
    JSON.stringify(issues({ svc_name: 's', file_remover: { password: ['geheim'] } })),
    'geheim',
  );
});

test('all problems are reported together, those of the schema and those between entries', () => {
  const found = issues({
    publsh: {},
    publish: { main: { name: 'x', routing_key: 'k' }, other: { name: 'y', type: 5 } },
    consume: {
      main: { name: 'x', type: 'topic', queue: 'q', routing_key: 'k' },
      more: { name: 'z' },
    },
  });
  const expected = [
    '/publsh',
    '/publish/other/type',
    '/svc_name',
    '/consume/more/queue',
    '/consume/more/routing_key',
    '/consume/main',
  ];
  assert.equal([...pointers(found)].sort(), [...expected].sort());
});

test('the mere consequence of another problem is not reported', () => {
  const hierarchy = { ...tags.hierarchy, references: { a: { entity: 'objects' } } };
  const broken = {
    ...tags,
    hierarchy,
    consume: { main: { ...tags.consume.main, queue: 5 } },
    subscribe: { objects: { publish: {} } },
  };
  assert.equal(pointers(issues(broken)), [
    '/consume/main/queue',
    '/subscribe/objects/publish/name',
    '/subscribe/objects/consume',
  ]);
  assert.equal(
    pointers(
      issues({
        ...tags,
        defaults: { durable: 1 },
        consume: { a: { name: 'tags', type: 'fanout', queue: 'q' } },
      }),
    ),
    ['/defaults/durable'],
  );
});

test('a section with the name of a key of the format is an error of the program', () => {
  assert.throws(
    () => exchangeConfigSchema({ sections: { ...sections, log: sections.cards }, schemes }),
    /cannot be named log/,
  );
});

test.run();
