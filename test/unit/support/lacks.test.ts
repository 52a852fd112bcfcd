/** What the runner finds missing before it starts the first file. */
import { lackText, needsIn } from '../../support/lacks.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('what test files need');

test('needs are read from every suite of a source, each name once', () => {
  const text = `
    suite('a', { needs: ['postgres', 'rabbitmq'] });
    suite('b', { needs: ['rabbitmq', 'rabbitmqctl'], deadlineMs: 1 });
  `;
  assert.equal(needsIn({ file: 'a', text }), ['postgres', 'rabbitmq', 'rabbitmqctl']);
});

test('names in double quotes, of a fixture, and unknown names are not needs', () => {
  const text = `"suite('a', { needs: ["redis"] })"; suite('b', { needs: ['a kettle'] });`;
  assert.equal(needsIn({ file: 'a', text }), []);
});

test('a line names the reason and some of the files', () => {
  const files = [...'abcdefgh'];
  const lack = { reason: 'x not installed', skips: true, files };
  assert.is(
    lackText(lack),
    'x not installed: suites will be skipped in a, b, c, d, e, f and 2 more',
  );
});

test.run();
