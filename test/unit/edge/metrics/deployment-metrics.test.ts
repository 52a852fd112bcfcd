/** The metrics of a deployment, from a deletion that is refused and one that is done. */
import { readFileSync } from 'node:fs';
import { httpSettings } from '../../../../config/http-settings.ts';
import { openDeployment, packageServices } from '../../../../deployment.ts';
import { httpApp } from '../../../../edge/http/server.ts';
import { metricDefinitions } from '../../../../edge/metrics/definitions.ts';
import {
  DeploymentMetrics,
  type MeasuredDeployment,
} from '../../../../edge/metrics/deployment-metrics.ts';
import { systemClock } from '../../../../runtime/ports/clock.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('metrics', { deadlineMs: 60_000 });

/** The value of one line of the text; undefined: no such line. */
function valueIn(text: string, line: string): number | undefined {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

const idle: MeasuredDeployment = {
  counts: async () => ({}),
  sagas: async () => [],
  journals: new Map(),
};

test('turns, votes and decisions of a deletion are counted, and the rows read', async () => {
  const metrics = new DeploymentMetrics(systemClock);
  const deployment = await openDeployment({
    services: packageServices('objects', 'tags'),
    databaseUrl: 'memory://',
    log: () => undefined,
    ...metrics.listeners,
  });
  await deployment.start();
  const measured = { ...idle, counts: () => deployment.counts(), sagas: () => deployment.sagas() };
  const app = httpApp(
    deployment,
    httpSettings({}),
    () => undefined,
    () => metrics.exposition(measured),
  );
  const made = await app.inject({ method: 'POST', url: '/v1/objects/' });
  const { id } = made.json<{ id: string }>();
  await app.inject({ method: 'POST', url: '/v1/tags/', payload: { parentId: id } });
  const gone = await app.inject({ method: 'DELETE', url: `/v1/objects/${id}` });
  assert.is(gone.statusCode, 200);
  const { headers, body } = await app.inject({ url: '/metrics' });
  await app.close();
  await deployment.stop();
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  const owner = 'owner="objects_model_crud"';
  assert.is(
    valueIn(body, `unanimous_votes_total{${owner},voter="tags_model_crud",response="ok"}`),
    1,
  );
  assert.is(valueIn(body, `unanimous_saga_decisions_total{${owner},decision="decided"}`), 1);
  assert.ok((valueIn(body, 'unanimous_turns_total{service="tags_model_crud"}') ?? 0) > 2);
  assert.match(body, /^unanimous_rows\{table="journal\.\w+"\} \d/m);
  assert.ok(body.includes('nodejs_eventloop_lag_seconds'));
});

test('a silent voter and one without a queue count as votes of their kind', async () => {
  const metrics = new DeploymentMetrics(systemClock);
  const address = { service: 'objects', machine: 'delete-saga', key: 's' };
  const line = { what: 'called off', silent: ['orders'], unreachable: ['letters'] };
  metrics.listeners.onHistory([{ id: '1', topic: 's', address, atMs: 0, line }]);
  const { text } = await metrics.exposition(idle);
  for (const [voter, response] of [
    ['orders', 'silent'],
    ['letters', 'unreachable'],
  ])
    assert.is(
      valueIn(
        text,
        `unanimous_votes_total{owner="objects",voter="${voter}",response="${response}"}`,
      ),
      1,
    );
});

test('sagas and their ages are those of now: a saga that has ended leaves no value', async () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const clock = { ...systemClock, now: () => nowMs };
  const metrics = new DeploymentMetrics(clock);
  const hex = (nowMs - 90_000).toString(16).padStart(12, '0');
  const saga = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`;
  const part = {
    saga,
    service: 'tags',
    role: 'voter' as const,
    actor: saga,
    mode: 'D' as const,
    states: ['ok' as const],
    nodeIds: [],
    promised: [],
    subscribers: [],
  };
  const open = await metrics.exposition({ ...idle, sagas: async () => [part] });
  assert.is(valueIn(open.text, 'unanimous_saga_age_seconds{service="tags"}'), 90);
  assert.is(valueIn(open.text, 'unanimous_sagas{service="tags",role="voter",state="ok"}'), 1);
  const ended = await metrics.exposition(idle);
  assert.is(valueIn(ended.text, 'unanimous_saga_age_seconds{service="tags"}'), undefined);
});

test('the age of the outbox is that of the oldest message of each journal', async () => {
  const asked: (readonly string[])[] = [];
  const listOutbox: MeasuredDeployment['journals'] extends ReadonlyMap<string, infer Journal>
    ? Journal
    : never = {
    listOutbox: async (services, after, limit) => {
      asked.push(services);
      assert.equal([after, limit], ['', 1]);
      return [];
    },
  };
  const metrics = new DeploymentMetrics(systemClock);
  const journals = new Map([
    ['tags', listOutbox],
    ['objects', listOutbox],
  ]);
  const { text } = await metrics.exposition({ ...idle, journals });
  assert.equal(asked, [['objects', 'tags']]);
  assert.is(valueIn(text, 'unanimous_outbox_age_seconds{journal="objects"}'), 0);
});

/** The names of metrics in a text of the repository, without the endings of histograms. */
function namesIn(path: string): readonly string[] {
  const found = readFileSync(`${projectRoot}${path}`, 'utf8').match(/\bunanimous_[a-z_]+/g) ?? [];
  return [...new Set(found.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))];
}

test('documents, dashboard and alert rules name metrics that are there', () => {
  const known = Object.keys(metricDefinitions);
  assert.equal(
    namesIn('docs/metrics.md').filter((name) => !known.includes(name)),
    [],
  );
  assert.equal(
    known.filter((name) => !namesIn('docs/metrics.md').includes(name)),
    [],
  );
  for (const path of ['deploy/grafana-dashboard.json', 'deploy/alert-rules.yaml']) {
    assert.ok(namesIn(path).length > 3, path);
    assert.equal(
      namesIn(path).filter((name) => !known.includes(name)),
      [],
    );
  }
});

test.run();
