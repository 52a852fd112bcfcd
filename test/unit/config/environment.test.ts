import { parseExchangeConfig } from '../../../config/parse.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, issuesOf, parsed, pointers, schemes, sections, tags } from './sample.ts';

const test = suite('environment over the exchange config');

const files: Readonly<Record<string, string>> = {
  '/run/secrets/amqp': 'amqp://u:geheim@h\n',
  '/run/secrets/bad': 'geheim',
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT: ${path}`);
  return text;
}

function withFiles(env: Readonly<Record<string, string>>, content: object = { svc_name: 's' }) {
  return parseExchangeConfig(JSON.stringify(content), {
    file: 'a.json',
    env,
    sections,
    schemes,
    readFile,
  });
}

test('a variable wins over the file, the file over the default', () => {
  const file = { svc_name: 's', limits: { depth: 3, keys: 7 } };
  assert.equal(parsed(file, { LIMITS__DEPTH: '5' }).limits, {
    bodyBytes: 1048576,
    depth: 5,
    keys: 7,
    answerBytes: 16777216,
    answerKeys: 1000000,
  });
  assert.is(
    parsed(
      { ...file, database_url: 'postgresql://file/db' },
      { DATABASE_URL: 'postgresql://env/db' },
    ).databaseUrl,
    'postgresql://env/db',
  );
});

test('names: upper or lower case; lower case wins', () => {
  assert.is(parsed({ svc_name: 's' }, { CACHE_URL: 'redis://a' }).cacheUrl, 'redis://a');
  assert.is(
    parsed({ svc_name: 's' }, { cache_url: 'redis://b', CACHE_URL: 'redis://a' }).cacheUrl,
    'redis://b',
  );
  assert.is(
    parsed({ svc_name: 's' }, { CACHE_URL: 'redis://a', cache_url: 'redis://b' }).cacheUrl,
    'redis://b',
  );
  assert.is(parsed({ svc_name: 's' }, { Cache_Url: 'redis://a' }).cacheUrl, undefined);
});

test('names: every top-level key can be a variable', () => {
  const { $schema: _, ...rest } = tags;
  const env = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key.toUpperCase(),
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  assert.equal(parsed({}, env), parsed(tags));
  const more = { reply_exchanges: '[{"name":"r","type":"topic"}]', defaults: '{"declare":false}' };
  assert.equal(
    parsed({ svc_name: 's' }, more),
    parsed({
      svc_name: 's',
      reply_exchanges: [{ name: 'r', type: 'topic' }],
      defaults: { declare: false },
    }),
  );
});

test('names: config_file and $schema are no variables of the config', () => {
  assert.equal(
    parsed({ svc_name: 's' }, { CONFIG_FILE: '/x.json', $schema: 'x', PATH: '/bin', HOME: '/' }),
    parsed({ svc_name: 's' }),
  );
});

test('values: plain text if the schema accepts text, JSON otherwise', () => {
  assert.is(parsed({}, { SVC_NAME: '12' }).svcName, '12');
  assert.is(parsed(tags, { HIERARCHY__CREATE_SYS_NODE: 'False' }).hierarchy?.createSysNode, false);
  assert.equal(
    parsed(tags, { CONSUME__MAIN__ROUTING_KEY: '["a","b"]' }).consume['main']?.routingKeys,
    ['a', 'b'],
  );
  assert.equal(parsed(tags, { CONSUME__MAIN__ROUTING_KEY: 'a' }).consume['main']?.routingKeys, [
    'a',
  ]);
});

test('values: a variable for an inner key wins over the one for the whole key', () => {
  const config = parsed(tags, {
    log__level: 'DEBUG',
    LOG: '{"level": "ERROR", "file_name": "b.log"}',
  });
  assert.equal(config.log, { level: 'DEBUG', fileName: 'b.log' });
});

test('a variable reaches a section of every service that the file does not have', () => {
  const env = { CONSENT__VOTE_DEADLINE_MS: '60000', LIMITS__DEPTH: '9' };
  const { consent, limits } = parsed({ svc_name: 's' }, env);
  assert.equal([consent.voteDeadlineMs, limits.depth], [60_000, 9]);
});

test('values: inner keys are spelled as in the file', () => {
  const hierarchy = { ...tags.hierarchy, references: { prsObjectId: { entity: 'objects' } } };
  const config = parsed(
    { ...tags, hierarchy },
    { HIERARCHY__REFERENCES__PRSOBJECTID__ON_DELETE: 'delete' },
  );
  assert.equal(config.hierarchy?.references, {
    prsObjectId: { entity: 'objects', onDelete: 'delete' },
  });
});

test('values: an old name of a key in the file is replaced by the variable', () => {
  const { queue, ...rest } = tags.consume.main;
  const old = { ...tags, consume: { main: { ...rest, queue_name: queue } } };
  assert.is(parsed(old, { CONSUME__MAIN__QUEUE: 'other' }).consume['main']?.queue, 'other');
});

test('problems name the variable', () => {
  assert.equal(
    issues({ svc_name: 's' }, { LOG__LEVL: 'INFO', LIMITS: '{"depth": 0}', DEFAULTS: 'x' }),
    [
      {
        file: 'environment variable DEFAULTS',
        pointer: '/defaults',
        found: '"x"',
        allowed:
          'an object with the keys type, durable, auto_delete, arguments, declare, exclusive, queue_type',
      },
      {
        file: 'environment variable LIMITS',
        pointer: '/limits/depth',
        found: '0',
        allowed: 'an integer of at least 1',
      },
      {
        file: 'environment variable LOG__LEVL',
        pointer: '/log/levl',
        found: 'the key "levl" (did you mean \'level\'?)',
        allowed: 'level, file_name, retention, rotation',
      },
    ],
  );
});

test('malformed JSON in a variable: variable, line and column', () => {
  assert.equal(issues({ svc_name: 's' }, { LOG: '{"level": }' }), [
    {
      file: 'environment variable LOG',
      pointer: '/log/level',
      found: '"}"',
      allowed: 'a JSON value',
      line: 1,
      column: 11,
    },
  ]);
});

test('keys of the prototype are refused in variables too', () => {
  assert.equal(pointers(issues(tags, { PUBLISH__CONSTRUCTOR: '{"name":"x"}' })), [
    '/publish/constructor',
  ]);
  assert.equal(pointers(issues({ svc_name: 's' }, { LOG: '{"__proto__": {}}' })), [
    '/log/__proto__',
  ]);
});

test('secret files: the value of the file, without its last line feed', () => {
  assert.equal(withFiles({ AMQP_URL_FILE: '/run/secrets/amqp' }).brokerUrls, ['amqp://u:geheim@h']);
  assert.equal(withFiles({ amqp_url_file: '/run/secrets/amqp' }).brokerUrls, ['amqp://u:geheim@h']);
});

test('secret files: a value inside a section', () => {
  const config = withFiles(
    { FILE_REMOVER__PASSWORD_FILE: '/run/secrets/bad' },
    { svc_name: 's', file_remover: {} },
  );
  assert.is(config.sections['file_remover']?.['password'], 'geheim');
});

test('secret files: a wrong value is not shown', () => {
  const found = issuesOf(() => withFiles({ DATABASE_URL_FILE: '/run/secrets/bad' }));
  assert.equal(
    found.map(({ file, pointer, found: shown }) => [file, pointer, shown]),
    [['environment variable DATABASE_URL_FILE', '/database_url', '***']],
  );
});

test('secret files: a file that cannot be read, and both forms at once, are refused', () => {
  const [unread] = issuesOf(() => withFiles({ CACHE_URL_FILE: '/nowhere' }));
  assert.equal(
    [unread?.file, unread?.pointer, unread?.found],
    ['environment variable CACHE_URL_FILE', '/cache_url', '"/nowhere", which cannot be read'],
  );
  const both = issuesOf(() =>
    withFiles({ AMQP_URL_FILE: '/run/secrets/amqp', AMQP_URL: 'amqp://h' }),
  );
  assert.equal(pointers(both), ['/amqp_url']);
});

test('secret files: LOG_FILE and similar names are no secret files', () => {
  assert.is(withFiles({ LOG_FILE: '/var/log/x', HIERARCHY_FILE: '/x' }).log, undefined);
});

test('empty: an empty variable counts as unset', () => {
  assert.is(
    parsed({ svc_name: 's', cache_url: 'redis://a' }, { CACHE_URL: '' }).cacheUrl,
    'redis://a',
  );
});

test('shared: a variable changes only what the file has', () => {
  const env = {
    FILE_REMOVER__ATTEMPTS: '2',
    FILE_REMOVER: '{"roots": ["/a"]}',
    SUBSCRIBE__OBJECTS__CLASS: 'prsObject',
    HIERARCHY__NODE: 'x',
  };
  assert.equal(parsed({ svc_name: 's' }, env), parsed({ svc_name: 's' }));
  assert.equal(parsed({ svc_name: 's', file_remover: {} }, env).sections, {
    file_remover: { roots: ['/a'], attempts: 2 },
  });
  assert.is(parsed(tags, env).subscribe['objects']?.class, 'prsObject');
});

test('shared: a key inside a value that is no object is refused', () => {
  assert.equal(issues({ svc_name: 's', publish: ['a'] }, { PUBLISH__A__DURABLE: 'false' }), [
    {
      file: 'environment variable PUBLISH__A__DURABLE',
      pointer: '/publish/a/durable',
      found: '["a"]',
      allowed: 'the whole value as JSON in one variable, because the file has no object here',
    },
  ]);
});

test('credentials may come from the environment', () => {
  assert.equal(
    issues(
      { svc_name: 's' },
      { AMQP_URL: 'amqp://u:p@h', DATABASE_URL: 'postgres://u:p@h/d', CACHE_URL: 'rediss://:p@h' },
    ),
    [],
  );
});

test.run();
