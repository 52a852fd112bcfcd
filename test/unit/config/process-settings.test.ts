/** The section `process`: its values, its bounds, and the settings of a process with several configs. */
import { sharedSettings } from '../../../config/process-settings.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, parsed } from './sample.ts';

const test = suite('config: process');
const dayMs = 86_400_000;

function settings(process: object, env: Readonly<Record<string, string>> = {}) {
  return parsed({ svc_name: 's', process }, env).process;
}

test('a config without the section leaves everything to the runtime', () => {
  assert.equal(parsed({ svc_name: 's' }).process, { retention: {} });
});

test('days become milliseconds, and forever has no end', () => {
  const { retention, ...others } = settings({
    prefetch: 16,
    database_connections: 20,
    cached_actors: 50,
    lease_ms: 9_000,
    retention: { inbox_days: 2, history_days: 'forever', tombstones_days: 0.5 },
  });
  assert.equal(others, { prefetch: 16, databaseConnections: 20, cachedActors: 50, leaseMs: 9_000 });
  assert.equal(retention, {
    inbox: 2 * dayMs,
    history: Number.POSITIVE_INFINITY,
    tombstones: dayMs / 2,
  });
});

test('the environment goes before the file, also for a file without the section', () => {
  assert.is(settings({ prefetch: 16 }, { PROCESS__PREFETCH: '3' }).prefetch, 3);
  const env = { PROCESS__RETENTION__HISTORY_DAYS: '30', PROCESS__LEASE_MS: '2000' };
  const { process } = parsed({ svc_name: 's' }, env);
  assert.equal([process.leaseMs, process.retention], [2_000, { history: 30 * dayMs }]);
});

for (const [section, pointer] of [
  [{ prefetch: 0 }, '/process/prefetch'],
  [{ prefetch: 65_536 }, '/process/prefetch'],
  [{ database_connections: 1 }, '/process/database_connections'],
  [{ lease_ms: 10 }, '/process/lease_ms'],
  [{ retention: { history_days: 0 } }, '/process/retention/history_days'],
  [{ retention: { history_days: 'never' } }, '/process/retention/history_days'],
  [{ retention: { dead_letters_days: 1 } }, '/process/retention/dead_letters_days'],
] as const)
  test(`${JSON.stringify(section)} is refused with its place`, () => {
    assert.equal(
      issues({ svc_name: 's', process: section }).map((issue) => issue.pointer),
      [pointer],
    );
  });

test('of several configs one that says fuse: false counts for the process', () => {
  const [yes, no] = [settings({ fuse: true }), settings({ fuse: false })];
  assert.is(sharedSettings([yes, settings({})]).fuse, true);
  assert.is(sharedSettings([yes, no, yes]).fuse, false);
  assert.is(settings({}, { PROCESS__FUSE: 'true' }).fuse, true);
});

test('of several configs the largest value counts, and a config without a value counts for nothing', () => {
  const one = settings({ prefetch: 16, lease_ms: 9_000, retention: { history_days: 10 } });
  const other = settings({
    prefetch: 300,
    retention: { history_days: 'forever', inbox_days: 1 },
  });
  assert.equal(sharedSettings([one, settings({}), other]), {
    prefetch: 300,
    leaseMs: 9_000,
    retention: { inbox: dayMs, history: Number.POSITIVE_INFINITY },
  });
  assert.equal(sharedSettings([]), { retention: {} });
});

test.run();
