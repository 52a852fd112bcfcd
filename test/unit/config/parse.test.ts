import type { JsonObject } from '../../../config/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, parsed, tags } from './sample.ts';

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

test.run();
