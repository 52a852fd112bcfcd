import { retentionOf, rotationOf } from '../../../config/log-rotation.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, parsed, pointers } from './sample.ts';

const test = suite('rotation and retention of logs');
const dayMs = 86_400_000;

test('sizes: decimal and binary units', () => {
  const sizes = { '500 MB': 5e8, '100 KB': 100_000, '10 KiB': 10_240, '0.5 GB': 5e8, '1B': 1 };
  for (const [text, bytes] of Object.entries(sizes))
    assert.equal(rotationOf(text), { kind: 'size', bytes }, text);
});

test('ages: a number and a unit, short or long, one or many', () => {
  const ages = { '1 week': 7 * dayMs, '20 days': 20 * dayMs, '1 min': 60_000, '2 h': 7_200_000 };
  for (const [text, ms] of Object.entries(ages)) {
    assert.equal(rotationOf(text), { kind: 'age', ms }, text);
    assert.equal(retentionOf(text), { kind: 'age', ms }, text);
  }
});

test('times: a time of day, a weekday, both, and the words for periods', () => {
  assert.equal(rotationOf('00:00'), { kind: 'time', second: 0 });
  assert.equal(rotationOf('daily'), { kind: 'time', second: 0 });
  assert.equal(rotationOf('monday'), { kind: 'time', second: 0, weekday: 1 });
  assert.equal(rotationOf('Sunday at 12:00'), { kind: 'time', second: 43_200, weekday: 0 });
  assert.equal(rotationOf('23:59:59'), { kind: 'time', second: 86_399 });
  assert.equal(rotationOf('monthly'), { kind: 'start', of: 'month' });
});

test('retention: a number of files, also as text', () => {
  assert.equal(retentionOf(10), { kind: 'count', files: 10 });
  assert.equal(retentionOf('10'), { kind: 'count', files: 10 });
});

test('another text is refused with its pointer', () => {
  const of = (log: object) => pointers(issues({ svc_name: 's', log: { ...log } }));
  for (const rotation of ['', '24:00', 'someday', 'monday 12:00', '12', '5 iB', '0 MB', 'at 12:00'])
    assert.equal(of({ rotation }), ['/log/rotation'], rotation);
  for (const retention of ['', '500 MB', 'monday', '0']) {
    assert.equal(of({ retention }), ['/log/retention'], retention);
  }
  assert.equal(of({ retention: 0 }), ['/log/retention']);
});

test('older names: LOG_LEVEL and its kind set the log, LOG__LEVEL wins', () => {
  const env = {
    LOG_LEVEL: 'ERROR',
    LOG_FILE_NAME: 'shop.log',
    LOG_RETENTION: '10',
    LOG_ROTATION: 'monday at 12:00',
  };
  const given = { svc_name: 's', log: { level: 'INFO' } };
  assert.equal(parsed(given, env).log, {
    level: 'ERROR',
    fileName: 'shop.log',
    retention: { kind: 'count', files: 10 },
    rotation: { kind: 'time', second: 43_200, weekday: 1 },
  });
  assert.is(parsed(given, { ...env, LOG__LEVEL: 'DEBUG' }).log?.level, 'DEBUG');
});

test.run();
