import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotationOf } from '../../../../config/log-rotation.ts';
import {
  endOf,
  RollingFile,
  type RollingFileOptions,
} from '../../../../runtime/telemetry/rolling-file.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('rolling file');
const startMs = Date.UTC(2026, 10, 27, 12);
let folder = '';
let nowMs = startMs;

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolling-'));
  nowMs = startMs;
});
test.after.each(() => rmSync(folder, { recursive: true }));

function opened(options: Partial<RollingFileOptions>): RollingFile {
  return new RollingFile({ file: join(folder, 'logs', 'shop.log'), now: () => nowMs, ...options });
}

const names = () => readdirSync(join(folder, 'logs')).sort();
const text = (name: string) => readFileSync(join(folder, 'logs', name), 'utf8');

test('the newest lines are in the file with the given name, also after a restart', () => {
  const file = opened({ rotation: { kind: 'size', bytes: 4 } });
  for (const line of ['a\n', 'b\n', 'c\n']) file.write(line);
  file.end();
  assert.equal(names(), ['shop.2026-11-27_12-00-00_000.log', 'shop.log']);
  assert.equal(names().map(text), ['a\nb\n', 'c\n']);
  const again = opened({ rotation: { kind: 'size', bytes: 4 } });
  for (const line of ['d\n', 'e\n']) again.write(line);
  again.end();
  assert.equal(names().map(text), ['a\nb\n', 'c\nd\n', 'e\n']);
});

test('without rotation one file takes all lines, and a line larger than the size has its own file', () => {
  const file = opened({});
  for (let line = 0; line < 100; line += 1) file.write('0123456789\n');
  file.end();
  assert.equal(names(), ['shop.log']);
  const small = opened({ rotation: { kind: 'size', bytes: 4 } });
  small.write('0123456789\n');
  small.write('x\n');
  small.end();
  assert.equal(names().map(text).slice(1), ['0123456789\n', 'x\n']);
});

test('a file ends at its age', () => {
  const file = opened({ rotation: { kind: 'age', ms: 1_000 } });
  file.write('a\n');
  nowMs += 999;
  file.write('b\n');
  nowMs += 1;
  file.write('c\n');
  file.end();
  assert.equal(names().map(text), ['a\nb\n', 'c\n']);
});

test('retention by count keeps the youngest old files, with rotation by size', () => {
  const retention = { kind: 'count', files: 2 } as const;
  const file = opened({ rotation: { kind: 'size', bytes: 1 }, retention });
  for (const line of ['a', 'b', 'c', 'd', 'e']) {
    file.write(line);
    nowMs += 10;
  }
  file.end();
  assert.equal(names().map(text), ['c', 'd', 'e']);
});

test('retention by age removes files that ended before, also at a start, and no other files', () => {
  const options = { rotation: { kind: 'size', bytes: 1 } } as const;
  const other = new RollingFile({ file: join(folder, 'logs', 'shop.other.log'), now: () => nowMs });
  other.end();
  const file = opened(options);
  for (const line of ['a', 'b', 'c']) {
    file.write(line);
    nowMs += 1_000;
  }
  file.end();
  opened({ ...options, retention: { kind: 'age', ms: 1_500 } }).end();
  assert.equal(names().map(text), ['b', 'c', '']);
  assert.ok(names().includes('shop.other.log'));
});

test('times are those of the time zone of the process', () => {
  const at = new Date(2026, 10, 27, 12, 30).getTime();
  const end = (form: string, fromMs = at) => {
    const rotation = rotationOf(form);
    return rotation === undefined ? undefined : new Date(endOf(rotation, fromMs));
  };
  assert.equal(end('00:00'), new Date(2026, 10, 28));
  assert.equal(end('13:00'), new Date(2026, 10, 27, 13));
  assert.equal(end('12:30'), new Date(2026, 10, 28, 12, 30));
  assert.equal(end('friday at 12:00'), new Date(2026, 11, 4, 12));
  assert.equal(end('monday'), new Date(2026, 10, 30));
  assert.equal(end('hourly'), new Date(2026, 10, 27, 13));
  assert.equal(end('monthly'), new Date(2026, 11, 1));
  assert.equal(end('yearly'), new Date(2027, 0, 1));
  assert.is(end('1 week')?.getTime(), at + 7 * 86_400_000);
});

test.run();
