import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Type } from 'typebox';
import { serviceConfigPaths } from '../../../config/load.ts';
import { exchangeConfigSchema } from '../../../config/schema.ts';
import { schemaProblems } from '../../../config/schema-problems.ts';
import { assert, suite } from '../../support/suite.ts';
import { schemes, sections, tags } from './sample.ts';

const test = suite('the JSON Schema of exchange configs');

/** The schema as an editor reads it: its JSON, without TypeBox. */
const written = JSON.parse(JSON.stringify(exchangeConfigSchema({ sections, schemes })));
const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(written);

test('the schema is valid draft-07, and accepts the services of the package', () => {
  const refused = serviceConfigPaths().filter(
    (path) => !accepts(JSON.parse(readFileSync(path, 'utf8'))),
  );
  assert.equal(refused, []);
});

test('the schema accepts the older forms', () => {
  assert.ok(
    accepts({
      svc_name: 's',
      publish: ['a', 'b'],
      consume: { queue_name: 'q', exchanges: { main: { name: 'x', routing_key: 'k' } } },
    }),
  );
});

test('the schema refuses unknown keys at every level', () => {
  const main = { ...tags.consume.main, x: 1 };
  assert.not.ok(accepts({ ...tags, x: 1 }));
  assert.not.ok(accepts({ ...tags, consume: { main } }));
  assert.not.ok(accepts({ ...tags, file_remover: { x: 1 } }));
});

test('exact: under any other kind of schema at least the path is reported', () => {
  const both = Type.Intersect([
    Type.Object({ a: Type.Number() }),
    Type.Object({ b: Type.Number() }),
  ]);
  const section = Type.Object(
    { both, few: Type.Object({}, { maxProperties: 1 }) },
    { additionalProperties: false },
  );
  const found = schemaProblems(section, { both: { a: 1 }, few: { x: 1, y: 2 } });
  assert.equal(
    found.map(({ path }) => path),
    [['both'], ['few']],
  );
});

test('a missing secret names the variables that set it, and not the file that may not hold it', () => {
  const secret = Type.Object({ secret: Type.String({ minLength: 16 }) });
  const [inSection, inTrust] = schemaProblems(
    Type.Object({ shop: Type.Object({ callback: secret }), trust: secret }),
    { shop: { callback: {} }, trust: {} },
  );
  assert.equal(inSection, {
    path: ['shop', 'callback', 'secret'],
    found: 'nothing',
    allowed:
      'a string of at least 16 characters, as a secret only in the environment: SHOP__CALLBACK__SECRET, or SHOP__CALLBACK__SECRET_FILE with the path of a file',
  });
  assert.is(inTrust?.allowed, 'a string of at least 16 characters');
});

test.run();
