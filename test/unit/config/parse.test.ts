import { ConfigError } from '../../../config/config-error.ts';
import type { JsonObject } from '../../../config/json.ts';
import { exchangeConfigSchema } from '../../../config/schema.ts';
import { assert, suite } from '../../support/suite.ts';
import {
  issues,
  issuesOfText,
  parsed,
  pointers,
  reader,
  schemes,
  sections,
  tags,
} from './sample.ts';

const test = suite('exchange config');

test('the example of the seed, in its normal form', () => {
  const config = parsed(tags);
  const { publish, consume, subscribe } = config;
  assert.is(config.svcName, 'tags_model_crud');
  assert.is(config.file, 'a.json');
  assert.equal(
    [publish['main']?.exchange, publish['main']?.type, publish['main']?.routingKey],
    ['tags', 'direct', 'tags_model_crud_publish'],
  );
  assert.is(publish['main']?.queue, undefined);
  assert.is(consume['main']?.queue, 'tags_model_crud_consume');
  assert.equal(consume['main']?.routingKeys, ['tags_model_crud_consume', 'tags_api_crud_publish']);
  assert.equal(subscribe['objects']?.publish.routingKey, 'objects_model_crud_consume');
  assert.equal(subscribe['objects']?.consume.routingKeys, ['objects_model_crud_publish']);
  assert.is(config.replyQueue, 'tags_model_crud_reply');
  assert.equal(config.hierarchy, {
    node: 'tags',
    class: 'prsTag',
    parentClasses: ['prsObject'],
    createSysNode: true,
    readNodesMax: 50_000,
    references: {},
    links: {},
    values: 'typed',
  });
  assert.equal(config.log, {
    level: 'INFO',
    fileName: 'peresvet.log',
    retention: { kind: 'age', ms: 30 * 86_400_000 },
    rotation: { kind: 'age', ms: 20 * 86_400_000 },
  });
  assert.equal(config.sections, {});
});

test('a config is frozen at every depth', () => {
  const config = parsed(tags);
  assert.throws(() => Object.assign(config.subscribe['objects'] ?? {}, { class: 'x' }), TypeError);
  assert.ok(Object.isFrozen(config.consume['main']?.queues[0]?.arguments));
});

test('the smallest config has the defaults', () => {
  assert.equal(parsed({ svc_name: 's' }), {
    file: 'a.json',
    svcName: 's',
    publish: {},
    consume: {},
    subscribe: {},
    replyQueue: undefined,
    replyExchange: undefined,
    replyExchanges: [],
    implied: [],
    limits: {
      bodyBytes: 1048576,
      depth: 64,
      keys: 10000,
      answerBytes: 16777216,
      answerKeys: 1000000,
    },
    apiVersion: '/v1',
    compat: 'strict',
    consent: { voteDeadlineMs: 10_000, refusalGraceMs: 100, questionIdsMax: 2_000, alwaysAsk: [] },
    process: { retention: {} },
    sections: {},
  });
});

test('each time of the agreement replaces its own default, and has bounds', () => {
  assert.equal(parsed({ svc_name: 's', consent: { vote_deadline_ms: 60_000 } }).consent, {
    voteDeadlineMs: 60_000,
    refusalGraceMs: 100,
    questionIdsMax: 2_000,
    alwaysAsk: [],
  });
  const wrong = issues({ svc_name: 's', consent: { vote_deadline_ms: 0, refusal_grace_ms: 1e9 } });
  assert.equal(
    wrong.map(({ pointer, found }) => [pointer, found]),
    [
      ['/consent/vote_deadline_ms', '0'],
      ['/consent/refusal_grace_ms', '1000000000'],
    ],
  );
});

test('each limit of the file replaces its own default', () => {
  assert.equal(parsed({ svc_name: 's', limits: { depth: 3 } }).limits, {
    bodyBytes: 1048576,
    depth: 3,
    keys: 10000,
    answerBytes: 16777216,
    answerKeys: 1000000,
  });
});

test('the level of the log may be in lower case; units may be singular or a size', () => {
  const log = parsed({
    svc_name: 's',
    log: { level: 'debug', retention: '1 month', rotation: '100 MB' },
  }).log;
  assert.equal(log, {
    level: 'DEBUG',
    retention: { kind: 'age', ms: 30 * 86_400_000 },
    rotation: { kind: 'size', bytes: 100_000_000 },
  });
  assert.equal(parsed({ svc_name: 's', log: {} }).log, { level: 'INFO' });
});

test('a section of the file gets the defaults of its schema', () => {
  assert.equal(parsed({ svc_name: 's', file_remover: { roots: ['/a'] } }).sections, {
    file_remover: { roots: ['/a'], attempts: 5 },
  });
});

test('several brokers are a list; a comma in a password does not separate', () => {
  const config = parsed({ svc_name: 's' }, { AMQP_URL: 'amqp://a:x,y@one:1,amqps://two' });
  assert.equal(config.brokerUrls, ['amqp://a:x,y@one:1', 'amqps://two']);
});

test('a reference has its on_delete; the default is refuse', () => {
  const hierarchy = {
    ...tags.hierarchy,
    references: { a: { entity: 'objects' }, b: { entity: 'objects', on_delete: 'delete' } },
  };
  assert.equal(parsed({ ...tags, hierarchy }).hierarchy?.references, {
    a: { entity: 'objects', onDelete: 'refuse' },
    b: { entity: 'objects', onDelete: 'delete' },
  });
});

test('a schema of nodes that are kept, with its reason', () => {
  const schema = { properties: { status: { const: 'open' } }, required: ['status'] };
  const keep = (more: JsonObject) =>
    parsed({ ...tags, hierarchy: { ...tags.hierarchy, ...more } }).hierarchy?.keep;
  assert.equal(keep({}), undefined);
  assert.equal(keep({ keep_while: schema }), { while: schema });
  assert.equal(keep({ keep_while: schema, keep_because: 'it is open' }), {
    while: schema,
    because: 'it is open',
  });
});

for (const [name, hierarchy, pointer, found] of [
  [
    'a wrong value',
    { keep_while: { properties: { a: { type: 'strin' } } } },
    '/properties/a/type',
    '"strin"',
  ],
  [
    'a misspelt keyword',
    { keep_while: { propertis: {} } },
    '',
    'strict mode: unknown keyword: "propertis"',
  ],
  [
    'another document',
    { keep_while: { $ref: 'x.json' } },
    '',
    "can't resolve reference x.json from id #",
  ],
  ['a schema with promises', { keep_while: { $async: true } }, '/$async', 'true'],
  [
    'an attribute of the tree',
    { keep_while: { required: ['prsDefault'] } },
    '/required/0',
    '"prsDefault"',
  ],
  [
    'a reference that is taken out',
    {
      references: { uses: { entity: 'objects', on_delete: 'detach' } },
      keep_while: { properties: { uses: {} } },
    },
    '/properties/uses',
    '"uses"',
  ],
] as const) {
  test(`keep_while is refused: ${name}`, () => {
    const refused = issues({ ...tags, hierarchy: { ...tags.hierarchy, ...hierarchy } });
    assert.equal(
      refused.map((issue) => [issue.pointer, issue.found]),
      [[`/hierarchy/keep_while${pointer}`, found]],
    );
  });
}

test('a reason without a schema is refused', () => {
  const hierarchy = { ...tags.hierarchy, keep_because: 'why' };
  assert.equal(
    issues({ ...tags, hierarchy }).map(({ pointer }) => pointer),
    ['/hierarchy/keep_because'],
  );
});

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

test('a name longer than AMQP carries is refused by its bytes', () => {
  const long = '한'.repeat(100);
  assert.equal(pointers(issues(reader({ queue: long }))), ['/consume/main']);
  assert.match(issues(reader({ routing_key: long }))[0]?.allowed ?? '', /255 bytes/);
});

test('a queue named twice with different options', () => {
  const consume = {
    a: { name: 'x', queue: 'q', routing_key: 'k', queue_type: 'classic' },
    b: { name: 'x', queue: 'q', routing_key: 'l', queue_type: 'classic', durable: false },
  };
  assert.equal(issues({ svc_name: 's', consume }), [
    {
      file: 'a.json',
      pointer: '/consume/b',
      found: 'queue "q" with durable false',
      allowed: 'durable true, as in a.json /consume/a; or another name',
    },
  ]);
});

test('a binding to an exchange declared with two types', () => {
  const publish = { main: { name: 'x', type: 'topic', routing_key: 'k' } };
  assert.equal(issues(reader({}, { publish })), [
    {
      file: 'a.json',
      pointer: '/consume/main',
      found: 'exchange "x" with type "direct"',
      allowed: 'type "topic", as in a.json /publish/main; or another name',
    },
  ]);
});

test('an exchange named twice with different options', () => {
  const publish = {
    a: { name: 'x', routing_key: 'k' },
    b: { name: 'x', routing_key: 'k', arguments: { 'alternate-exchange': 'y' } },
  };
  const [issue] = issues({ svc_name: 's', publish });
  assert.equal(
    [issue?.pointer, issue?.found],
    ['/publish/b', 'exchange "x" with arguments.alternate-exchange "y"'],
  );
});

test('a direct or topic exchange needs a routing key', () => {
  const direct = { ...reader({}), consume: { main: { name: 'x', queue: 'q' } } };
  assert.equal(issues(direct), [
    {
      file: 'a.json',
      pointer: '/consume/main/routing_key',
      found: 'nothing',
      allowed: 'a routing key, because "x" is a direct exchange',
    },
  ]);
  assert.equal(pointers(issues(reader({ type: 'topic', routing_key: '' }))), [
    '/consume/main/routing_key',
  ]);
  assert.equal(
    issues({ ...direct, consume: { main: { name: 'x', queue: 'q', type: 'fanout' } } }),
    [],
  );
});

test('a consumed entry needs a queue, under one name', () => {
  assert.equal(
    pointers(issues({ svc_name: 's', consume: { main: { name: 'x', routing_key: 'k' } } })),
    ['/consume/main/queue'],
  );
  assert.equal(pointers(issues(reader({ queue_name: 'q' }))), ['/consume/main/queue_name']);
});

test('a binding to a headers exchange needs x-match', () => {
  assert.equal(pointers(issues(reader({ type: 'headers' }))), ['/consume/main/arguments/x-match']);
  const [issue] = issues(reader({ type: 'headers', arguments: { 'x-match': 'some' } }));
  assert.equal([issue?.pointer, issue?.found], ['/consume/main/arguments/x-match', '"some"']);
  assert.match(issue?.allowed ?? '', /^one of all, any, all-with-x, any-with-x/);
});

test('options of queues need a queue, arguments need their object', () => {
  const main = { name: 'x', routing_key: 'k', exclusive: true, arguments: { 'x-message-ttl': 5 } };
  assert.equal(pointers(issues({ svc_name: 's', publish: { main } })), [
    '/publish/main/exclusive',
    '/publish/main/arguments/x-message-ttl',
  ]);
});

test('a quorum queue is durable, not exclusive and not auto-delete', () => {
  assert.equal(pointers(issues(reader({ queue_type: 'quorum', exclusive: true }))), [
    '/consume/main/queue_type',
  ]);
  assert.equal(
    pointers(issues(reader({ queue_type: 'quorum', arguments: { 'x-queue-type': 'classic' } }))),
    ['/consume/main/arguments/x-queue-type'],
  );
});

test('questions go through direct or topic exchanges only', () => {
  const fanout = { svc_name: 's', publish: { main: { name: 'x', type: 'fanout' } } };
  assert.equal(issues(fanout), [
    {
      file: 'a.json',
      pointer: '/publish/main/type',
      found: '"fanout" of exchange "x"',
      allowed: '"direct" or "topic": questions go through direct or topic exchanges only',
    },
  ]);
  const subscribe = {
    objects: {
      ...tags.subscribe.objects,
      publish: { name: 'objects', type: 'headers', routing_key: 'k' },
    },
  };
  assert.equal(pointers(issues({ ...tags, subscribe })), ['/subscribe/objects/publish/type']);
  assert.equal(
    pointers(issues({ svc_name: 's', reply_exchanges: [{ name: 'x', type: 'fanout' }] })),
    ['/reply_exchanges/0/type'],
  );
  const byDefault = { publish: { name: 'objects' }, consume: { name: 'o', routing_key: 'k' } };
  assert.equal(
    pointers(issues({ ...reader({}), defaults: { type: 'fanout' }, subscribe: { o: byDefault } })),
    ['/subscribe/o/publish/type'],
  );
});

test('a service that subscribes needs a main queue', () => {
  const { consume: _, ...rest } = tags;
  assert.equal(pointers(issues(rest)), ['/consume/main']);
});

test('a reference names an entity the service subscribes to', () => {
  const hierarchy = { ...tags.hierarchy, references: { prsConstantId: { entity: 'constants' } } };
  assert.equal(issues({ ...tags, hierarchy }), [
    {
      file: 'a.json',
      pointer: '/hierarchy/references/prsConstantId/entity',
      found: '"constants"',
      allowed: 'a key of subscribe: objects',
    },
  ]);
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
