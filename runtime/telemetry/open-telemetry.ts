/**
 * Spans by OpenTelemetry, to a collector over OTLP/HTTP. The packages of the SDK are optional, and
 * are loaded when the environment asks for spans.
 *
 * Invariants:
 * - No work waits for spans: they leave the process in batches, and a collector that cannot be
 *   reached loses them. `close` sends the last batch, for at most `closeMaxMs`.
 * - No global state: the tracer of this file is not registered, so a program may have its own.
 */
import type * as Api from '@opentelemetry/api';
import type { Sampler, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { systemClock } from '../ports/clock.ts';
import { Broken, errorText } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import type { Span, SpanStart, TraceContext, Tracer } from '../ports/tracing.ts';
import { settlesWithin } from '../ports/waiting.ts';
import { type Environment, type TracingSettings, tracingSettings } from './tracing-settings.ts';

/** Spans that leave the process. */
export interface OpenTracing {
  readonly tracer: Tracer;
  /** Sends what was not sent yet. */
  close(): Promise<void>;
}

export interface TracingOptions {
  readonly env: Environment;
  /** Default of `OTEL_SERVICE_NAME`. */
  readonly name: string;
  /** `messaging.system` of the spans: `rabbitmq` or `memory`. */
  readonly messagingSystem: string;
  readonly log: Log;
}

const packageNames = [
  '@opentelemetry/api',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-http',
];
const closeMaxMs = 5_000;

type Sdk = typeof import('@opentelemetry/sdk-trace');

/**
 * Undefined when the environment asks for no spans. Rejects with `Broken('config-invalid')` for a
 * variable with an unknown value, and when a package of the SDK is not installed.
 */
export async function openTracing(options: TracingOptions): Promise<OpenTracing | undefined> {
  const settings = tracingSettings(options.env);
  if (settings === undefined) return undefined;
  const sdk = await installed(() => import('@opentelemetry/sdk-trace'));
  const exporter = await exporterOf(settings, sdk);
  const scheduledDelayMillis = settings.batchDelayMs;
  const processor = new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis });
  return tracingTo(processor, settings, options);
}

/** As `openTracing`, to a processor of the caller's. */
export async function tracingTo(
  processor: SpanProcessor,
  settings: Pick<TracingSettings, 'sampler' | 'ratio'>,
  { env, name, messagingSystem, log }: TracingOptions,
): Promise<OpenTracing> {
  const [api, sdk, resources] = await installed(() =>
    Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
    ]),
  );
  const named = resources.resourceFromAttributes({ 'service.name': name });
  const given = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.TracerProvider({
    sampler: samplerOf(settings, sdk),
    resource: named.merge(given),
    spanProcessors: [processor],
  });
  const tracer = new ApiTracer(api, provider.getTracer('unanimous'), messagingSystem);
  log('info', 'spans are made', { exporter: env['OTEL_TRACES_EXPORTER'] ?? 'otlp' });
  return { tracer, close: () => closed(provider, log) };
}

async function installed<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const problem = `spans need the packages of OpenTelemetry: npm install ${packageNames.join(' ')}`;
    throw new Broken('config-invalid', problem, { at: 'OTEL_TRACES_EXPORTER', cause });
  }
}

async function exporterOf({ exporter }: TracingSettings, sdk: Sdk): Promise<SpanExporter> {
  if (exporter === 'console') return new sdk.ConsoleSpanExporter();
  const otlp = await installed(() => import('@opentelemetry/exporter-trace-otlp-http'));
  return new otlp.OTLPTraceExporter();
}

function samplerOf(
  { sampler, ratio }: Pick<TracingSettings, 'sampler' | 'ratio'>,
  sdk: Sdk,
): Sampler {
  if (sampler.startsWith('parentbased_')) {
    const root = rootSampler(sampler.slice('parentbased_'.length), ratio, sdk);
    return new sdk.ParentBasedSampler({ root });
  }
  return rootSampler(sampler, ratio, sdk);
}

function rootSampler(name: string, ratio: number, sdk: Sdk): Sampler {
  if (name === 'always_off') return new sdk.AlwaysOffSampler();
  return name === 'always_on' ? new sdk.AlwaysOnSampler() : new sdk.TraceIdRatioBasedSampler(ratio);
}

async function closed(provider: { shutdown(): Promise<void> }, log: Log): Promise<void> {
  const sent = provider
    .shutdown()
    .catch((error: unknown) =>
      log('warn', 'the last spans could not be sent', { error: errorText(error) }),
    );
  await settlesWithin(systemClock, closeMaxMs, sent);
}

class ApiTracer implements Tracer {
  readonly #api: typeof Api;
  readonly #tracer: Api.Tracer;
  readonly #system: string;

  constructor(api: typeof Api, tracer: Api.Tracer, system: string) {
    this.#api = api;
    this.#tracer = tracer;
    this.#system = system;
  }

  start({ name, kind, parent, attributes }: SpanStart): Span {
    const { ROOT_CONTEXT, SpanKind, trace } = this.#api;
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, spanContext(parent, this.#api));
    const kindName = kind.toUpperCase() as Uppercase<typeof kind>;
    const span = this.#tracer.startSpan(name, { kind: SpanKind[kindName], attributes }, context);
    if (kind === 'producer' || kind === 'consumer')
      span.setAttribute('messaging.system', this.#system);
    return new ApiSpan(this.#api, span);
  }
}

class ApiSpan implements Span {
  readonly context: TraceContext;
  readonly #api: typeof Api;
  readonly #span: Api.Span;

  constructor(api: typeof Api, span: Api.Span) {
    this.#api = api;
    this.#span = span;
    this.context = traceContext(span.spanContext());
  }

  set(attributes: Api.Attributes): void {
    this.#span.setAttributes(attributes);
  }

  end(error?: string): void {
    if (error !== undefined)
      this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: error });
    this.#span.end();
  }

  run<T>(work: () => T): T {
    const { context, trace } = this.#api;
    return context.with(trace.setSpan(context.active(), this.#span), work);
  }
}

/** The context was checked before. */
function spanContext(
  { traceparent, tracestate }: TraceContext,
  { createTraceState }: typeof Api,
): Api.SpanContext {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return tracestate === undefined
    ? context
    : { ...context, traceState: createTraceState(tracestate) };
}

function traceContext({ traceId, spanId, traceFlags, traceState }: Api.SpanContext): TraceContext {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  const tracestate = traceState?.serialize() ?? '';
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}
