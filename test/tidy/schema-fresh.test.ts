/**
 * `npm run schema` generates the schema file for editors from code; the file must match the code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { sections } from '../../actors/sections.ts';
import { exchangeConfigSchema } from '../../composition/exchange-configs.ts';
import { isJsonObject, type Json } from '../../config/json.ts';
import { serviceConfigPaths } from '../../config/load.ts';
import { assert, suite } from '../support/suite.ts';

const test = suite('tidy: schema file', { deadlineMs: 60_000 });
const file = new URL('../../config/exchange-config.schema.json', import.meta.url);

test('config/exchange-config.schema.json equals the output of `npm run schema`', () => {
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const made = `${JSON.stringify(exchangeConfigSchema(sections), null, 2)}\n`;
  assert.ok(kept === made, 'it is stale: run `npm run schema`');
});

test('the $schema of every service file leads to the schema file', () => {
  for (const path of serviceConfigPaths()) {
    const content: Json = JSON.parse(readFileSync(path, 'utf8'));
    const schema = isJsonObject(content) ? content['$schema'] : undefined;
    assert.is(new URL(String(schema), `file://${path}`).href, file.href, path);
  }
});

test.run();
