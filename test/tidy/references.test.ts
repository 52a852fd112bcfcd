import { existsSync, readFileSync } from 'node:fs';
import { projectRoot } from '../support/project-root.ts';
import { assert, suite } from '../support/suite.ts';
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

test.run();
