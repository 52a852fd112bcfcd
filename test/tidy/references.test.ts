import { existsSync, readFileSync } from 'node:fs';
import { projectRoot } from '../support/project-root.ts';
import { assert, suite } from '../support/suite.ts';
import { configReference } from './config-reference.ts';
import { references } from './references.ts';

const test = suite('tidy: generated documents', { deadlineMs: 60_000 });

for (const { path, text } of references()) {
  test(`${path} is the text that \`npm run docs\` writes`, () => {
    const file = `${projectRoot}${path}`;
    const found = existsSync(file) ? readFileSync(file, 'utf8') : '';
    assert.ok(found === text, `${path} is stale: run \`npm run docs\``);
  });

  test(`${path} has no line over 100 columns`, () => {
    assert.equal(
      text.split('\n').filter((line) => line.length > 100),
      [],
    );
  });
}

test('complete: the reference of config files has the bounds of numbers and texts', () => {
  const text = configReference({
    properties: {
      port: { type: 'integer', minimum: 0, maximum: 65_535 },
      secret: { type: 'string', minLength: 16, maxLength: 1_000 },
      name: { type: 'string', minLength: 1 },
      title: { type: 'string', maxLength: 9 },
    },
  });
  for (const words of [
    'integer of 0 to 65535',
    'string of 16 to 1000 characters',
    'string of at least 1 character;',
    'string of at most 9 characters',
  ])
    assert.match(text, words);
});

test.run();
