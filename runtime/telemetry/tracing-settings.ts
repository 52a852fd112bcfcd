/**
 * How spans leave the process, from the variables of OpenTelemetry. Pure.
 *
 * - Off by default: spans are made when `OTEL_TRACES_EXPORTER` or an endpoint is set. The variables
 *   of the endpoint's headers, timeouts and certificates are read by the exporter itself.
 * - Never ignored: a value that this file does not know is an error, which names the allowed values.
 */
import { Broken } from '../ports/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const exporters = ['otlp', 'console', 'none'] as const;
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type TracingSettings = {
  readonly exporter: 'otlp' | 'console';
  readonly sampler: (typeof samplers)[number];
  /** The share of traces that a sampler by ratio takes, 0 to 1. */
  readonly ratio: number;
  /** The longest wait of a span for its batch, milliseconds. */
  readonly batchDelayMs: number;
};

const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/** Undefined: no spans are made. Throws `Broken('config-invalid')` for an unknown value. */
export function tracingSettings(env: Environment): TracingSettings | undefined {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  const hasEndpoint = endpoints.some((name) => (env[name] ?? '') !== '');
  const fallback = hasEndpoint ? 'otlp' : 'none';
  const exporter = chosen(env, 'OTEL_TRACES_EXPORTER', exporters, fallback);
  if (exporter === 'none') return undefined;
  return {
    exporter,
    sampler: chosen(env, 'OTEL_TRACES_SAMPLER', samplers, 'parentbased_always_on'),
    ratio: number(env, 'OTEL_TRACES_SAMPLER_ARG', 1, 1),
    batchDelayMs: number(env, 'OTEL_BSP_SCHEDULE_DELAY', 1_000, 3_600_000),
  };
}

function chosen<Value extends string>(
  env: Environment,
  name: string,
  allowed: readonly Value[],
  fallback: Value,
): Value {
  const given = env[name]?.trim();
  if (given === undefined || given === '') return fallback;
  const found = allowed.find((value) => value === given);
  if (found === undefined) throw unknown(name, given, allowed.join(', '));
  return found;
}

/** At least 0. */
function number(env: Environment, name: string, fallback: number, max: number): number {
  const given = env[name]?.trim();
  if (given === undefined || given === '') return fallback;
  const value = Number(given);
  if (!(value >= 0 && value <= max)) throw unknown(name, given, `a number from 0 to ${max}`);
  return value;
}

function unknown(name: string, given: string, allowed: string): Broken {
  const problem = `${name} is ${JSON.stringify(given)}; allowed is ${allowed}`;
  return new Broken('config-invalid', problem, { at: name });
}
