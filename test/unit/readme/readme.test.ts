/**
 * The README's programs are the files of this folder, which are compiled and linted with everything else.
 * That they run as written, also when they are killed, is `test/integration/readme/`.
 */
import { readFileSync } from 'node:fs';
import { projectRoot } from '../../support/project-root.ts';
import { readmeCode } from '../../support/readme-code.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('README');

for (const name of ['orders.ts', 'main.ts', 'trips.ts']) {
  test(`its ${name} is the file that is tested`, () => {
    const file = readFileSync(`${projectRoot}test/unit/docs/shop/${name}`, 'utf8');
    assert.is(
      readmeCode().get(name),
      file
        .replace("'../../../../index.ts'", "'unanimous'")
        .replace("'../../../../deployment.ts'", "'unanimous/deployment'"),
    );
  });
}

test('a service is shorter than 110 lines, and its main program shorter than 40', () => {
  const linesOf = (name: string) => (readmeCode().get(name) ?? '').split('\n').length;
  assert.ok(linesOf('orders.ts') < 110, `${linesOf('orders.ts')} lines`);
  assert.ok(linesOf('main.ts') < 40, `${linesOf('main.ts')} lines`);
});

test.run();
