/** The log of a runtime that is given none; the word in the titles is that of `log.ts`. */
import { type LogLevel, warningsToStderr } from '../../../../runtime/ports/log.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('log: warnings to standard error');

function written(level: LogLevel, fields?: { readonly [key: string]: string }): string {
  const { write } = process.stderr;
  const lines: string[] = [];
  process.stderr.write = (line: string | Uint8Array) => lines.push(String(line)) > 0;
  try {
    warningsToStderr(level, 'waiting for the broker', fields);
  } finally {
    process.stderr.write = write;
  }
  return lines.join('');
}

test('never silent: a warning and an error are a line each, with the fields', () => {
  assert.is(
    written('warn', { reason: 'refused' }),
    'unanimous warn: waiting for the broker {"reason":"refused"}\n',
  );
  assert.is(written('error'), 'unanimous error: waiting for the broker\n');
});

test('lines of less importance are left out', () => {
  assert.is(written('info') + written('debug'), '');
});

test.run();
