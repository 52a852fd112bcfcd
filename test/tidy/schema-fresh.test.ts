/** The schema file that editors read is made from the code; it must be made again when the code changes. */
import { existsSync, readFileSync } from 'node:fs';
import { sections } from '../../actors/sections.ts';
import { isJsonObject, type Json } from '../../config/json.ts';
import { serviceConfigPaths } from '../../config/load.ts';
import { exchangeConfigSchema } from '../../config/schema.ts';
import { assert, suite } from '../support/suite.ts';

const test = suite('tidy: schema file', { deadlineMs: 60_000 });
const file = new URL('../../config/exchange-config.schema.json', import.meta.url);

test('config/exchange-config.schema.json is what `npm run schema` would write now', () => {
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const made = `${JSON.stringify(exchangeConfigSchema(sections), null, 2)}\n`;
  assert.ok(kept === made, 'it is stale: run `npm run schema`');
});

test('the $schema of every service file leads to it', () => {
  for (const path of serviceConfigPaths()) {
    const content: Json = JSON.parse(readFileSync(path, 'utf8'));
    const schema = isJsonObject(content) ? content['$schema'] : undefined;
    assert.is(new URL(String(schema), `file://${path}`).href, file.href, path);
  }
});

test.run();
