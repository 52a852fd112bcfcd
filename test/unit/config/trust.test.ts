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

test.run();
