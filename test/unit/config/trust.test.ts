/** The section `trust` of a config, in the config or in a file of its own. */
import { readFileSync } from 'node:fs';
import { parseExchangeConfig } from '../../../config/parse.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, issuesOf, parsed, pointers, schemes, sections, tags } from './sample.ts';

const test = suite('config: trust');

const trust = {
  services: { tags_model_crud: ['tags'] },
  operators: ['ops'],
  clients: { delete: ['api'] },
};

function parse(content: object, files: Readonly<Record<string, string>>) {
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error(`no file ${path}`);
    return text;
  };
  const options = { file: 'a.json', env: {}, sections, schemes, readFile };
  return parseExchangeConfig(JSON.stringify(content), options);
}

test('the section has its defaults, and a config without the section has none', () => {
  assert.equal(parsed({ ...tags, trust }).trust, { ...trust, unknown: 'refuse' });
  assert.equal(parsed({ ...tags, trust: {} }).trust, {
    services: {},
    operators: [],
    unknown: 'refuse',
  });
  assert.is(parsed(tags).trust, undefined);
});

test('the example of the documents is a section', () => {
  const text = readFileSync(new URL('../docs/trust/trust.json', import.meta.url), 'utf8');
  const config = parse({ ...tags, trust_file: 'trust.json' }, { 'trust.json': text });
  assert.equal(config.trust?.services['alerts_model_crud'], ['alerts']);
});

test('the examples of callers and of a broker user are parts of a config', () => {
  const example = (name: string) =>
    readFileSync(new URL(`../docs/trust/${name}`, import.meta.url), 'utf8');
  const files = { 't.json': example('callers.json'), '/run/secrets/tags-broker': 'geheim' };
  const own = JSON.parse(example('broker-user.json'));
  const config = parse({ ...tags, ...own, trust_file: 't.json' }, files);
  assert.is(config.trust?.callers?.signWith, '2026-11');
  assert.equal(config.brokerUser, { name: 'tags', password: 'geheim' });
});

test('a wrong section is refused at its place', () => {
  const wrong = { services: { tags: 'tags' }, operators: ['ops', 'ops'], unknown: 'maybe', who: 1 };
  assert.equal(pointers(issues({ ...tags, trust: wrong })).toSorted(), [
    '/trust/operators',
    '/trust/services/tags',
    '/trust/unknown',
    '/trust/who',
  ]);
});

test('trust_file: the file is the section', () => {
  const config = parse(
    { ...tags, trust_file: 'trust.json' },
    { 'trust.json': JSON.stringify(trust) },
  );
  assert.equal(config.trust, { ...trust, unknown: 'refuse' });
});

test('trust_file: a problem names the file and the place in the file', () => {
  const of = (text: string) =>
    issuesOf(() => parse({ ...tags, trust_file: 't.json' }, { 't.json': text }));
  const [unknown] = of('{"unknown": "maybe"}');
  assert.equal([unknown?.file, unknown?.pointer], ['t.json', '/unknown']);
  assert.equal(of('[]')[0]?.file, 't.json');
  assert.equal(of('{')[0]?.file, 't.json');
  const absent = issuesOf(() => parse({ ...tags, trust_file: 'none.json' }, {}));
  assert.equal([absent[0]?.file, absent[0]?.found], ['none.json', 'no file none.json']);
});

test('trust_file: a config with both keys is refused', () => {
  const both = () => parse({ ...tags, trust, trust_file: 't.json' }, { 't.json': '{}' });
  assert.equal(pointers(issuesOf(both)), ['/trust_file']);
});

const secrets = { '2026-11': 'a'.repeat(32), '2026-12': 'b'.repeat(32) };
const callers = { secrets, sign_with: '2026-12' };

test('callers: the keys of a trust file, the key that signs, and the longest age', () => {
  const file = (section: object) => ({ 't.json': JSON.stringify({ callers: section }) });
  const of = (section: object) => parse({ ...tags, trust_file: 't.json' }, file(section)).trust;
  assert.equal(of(callers)?.callers, { secrets, signWith: '2026-12', maxAgeMs: 86_400_000 });
  const [id] = Object.keys(secrets);
  const one = { secrets: { '2026-11': secrets['2026-11'] }, max_age_ms: 5_000 };
  assert.equal(of(one)?.callers, { secrets: one.secrets, signWith: id, maxAgeMs: 5_000 });
});

test('callers: keys from the environment, in place of those of the file', () => {
  const readFile = () => JSON.stringify({ callers: {} });
  const env = { TRUST__CALLERS__SECRETS: JSON.stringify({ k: 'c'.repeat(32) }) };
  const options = { file: 'a.json', env, sections, schemes, readFile };
  const config = parseExchangeConfig(JSON.stringify({ ...tags, trust_file: 't.json' }), options);
  assert.is(config.trust?.callers?.signWith, 'k');
});

test('callers: a secret in the config file itself is refused and not shown', () => {
  const found = issues({ ...tags, trust: { callers } });
  assert.equal(pointers(found), [
    '/trust/callers/secrets/2026-11',
    '/trust/callers/secrets/2026-12',
  ]);
  assert.not.match(JSON.stringify(found), /aaa|bbb/);
});

test('callers: several keys need the one that signs, and a short key is refused', () => {
  const file = (section: object) => ({ 't.json': JSON.stringify({ callers: section }) });
  const of = (section: object) =>
    issuesOf(() => parse({ ...tags, trust_file: 't.json' }, file(section)));
  assert.equal(pointers(of({ secrets })), ['/trust/callers/sign_with']);
  assert.equal(pointers(of({ secrets, sign_with: 'x' })), ['/trust/callers/sign_with']);
  const short = of({ secrets: { k: 'hunter2' } });
  assert.equal(pointers(short), ['/callers/secrets/k']);
  assert.not.match(JSON.stringify(short), /hunter2/);
});

test('broker_user: the password comes from its file', () => {
  const amqp_url = 'amqp://broker:5672';
  const user = { name: 'tags', password_file: 'p' };
  const config = parse({ ...tags, amqp_url, broker_user: user }, { p: 'geheim\n' });
  assert.equal(config.brokerUser, { name: 'tags', password: 'geheim' });
});

test('broker_user: a broker outside needs the password, a broker in the process does not', () => {
  const of = (amqp_url: string, user: object, files = {}) => {
    return issuesOf(() => parse({ ...tags, amqp_url, broker_user: user }, files));
  };
  const outside = 'amqp://broker:5672';
  for (const found of [
    of(outside, { name: 'tags' }),
    of(outside, { name: 'tags', password_file: 'none' }),
    of(outside, { name: 'tags', password_file: 'p' }, { p: '\n' }),
  ])
    assert.equal(pointers(found), ['/broker_user/password_file']);
  const inside = parse({ ...tags, amqp_url: 'memory://', broker_user: { name: 'tags' } }, {});
  assert.equal(inside.brokerUser, { name: 'tags', password: '' });
});

test.run();
