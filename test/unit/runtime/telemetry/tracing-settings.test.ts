/** When spans are made, and how they leave the process. */
import { tracingSettings } from '../../../../runtime/telemetry/tracing-settings.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('settings of spans');
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
const defaults = {
  exporter: 'otlp',
  sampler: 'parentbased_always_on',
  ratio: 1,
  batchDelayMs: 1_000,
};

test('no spans are made unless an endpoint or an exporter is set', () => {
  for (const env of [
    {},
    { OTEL_SERVICE_NAME: 'shop' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_TRACES_EXPORTER: 'none', ...endpoint },
    { OTEL_SDK_DISABLED: 'TRUE', ...endpoint },
  ])
    assert.is(tracingSettings(env), undefined, JSON.stringify(env));
});

test('an endpoint, one for spans alone, or an exporter is enough', () => {
  assert.equal(tracingSettings(endpoint), defaults);
  assert.equal(tracingSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/v1' }), defaults);
  assert.equal(tracingSettings({ OTEL_TRACES_EXPORTER: 'otlp' }), defaults);
  assert.equal(tracingSettings({ OTEL_TRACES_EXPORTER: 'console' }), {
    ...defaults,
    exporter: 'console',
  });
});

test('sampler, share and delay are those of the environment', () => {
  const OTEL_TRACES_SAMPLER = 'parentbased_traceidratio';
  const more = { OTEL_TRACES_SAMPLER_ARG: '0.25', OTEL_BSP_SCHEDULE_DELAY: '50' };
  assert.equal(tracingSettings({ ...endpoint, OTEL_TRACES_SAMPLER, ...more }), {
    ...defaults,
    sampler: 'parentbased_traceidratio',
    ratio: 0.25,
    batchDelayMs: 50,
  });
});

test('an unknown value is an error that names the variable and the allowed values', () => {
  const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /OTEL_TRACES_EXPORTER is "zipkin".*otlp, console, none/],
    [{ OTEL_TRACES_SAMPLER: 'jaeger' }, /OTEL_TRACES_SAMPLER is "jaeger".*always_on/],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, /OTEL_TRACES_SAMPLER_ARG is "2".*from 0 to 1/],
    [{ OTEL_TRACES_SAMPLER_ARG: 'half' }, /a number from 0 to 1/],
    [{ OTEL_BSP_SCHEDULE_DELAY: '-1' }, /OTEL_BSP_SCHEDULE_DELAY/],
  ];
  for (const [env, expected] of refused)
    assert.throws(() => tracingSettings({ ...endpoint, ...env }), expected);
});

test.run();
