import { terminalLog } from '../../../../runtime/telemetry/terminal-log.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('log at a terminal');

function written(env: Record<string, string>): string {
  let text = '';
  const stream = {
    write(line: string): boolean {
      text += line;
      return true;
    },
  };
  const now = () => Date.UTC(2026, 10, 27, 12, 0, 1, 5);
  const log = terminalLog('tags', stream, { env, now });
  log('info', 'created', { node: 'n\u001b[2J' });
  return text;
}

test('a line has time, level, service, message and fields, in colour unless NO_COLOR is set', () => {
  const fields = '{"node":"n\\u001b[2J"}';
  assert.is(written({ NO_COLOR: '1' }), `12:00:01.005 INFO  tags created ${fields}\n`);
  assert.is(written({}), `12:00:01.005 \u001b[32mINFO \u001b[0m tags created ${fields}\n`);
});

test.run();
