/** Spans that were ended, as trees. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { noLog } from '../../../runtime/ports/log.ts';
import type { Tracer } from '../../../runtime/ports/tracing.ts';
import { tracingTo } from '../../../runtime/telemetry/open-telemetry.ts';
import type { TracingSettings } from '../../../runtime/telemetry/tracing-settings.ts';

/** The part of a span that a tree needs. */
export interface TreeSpan {
  readonly id: string;
  readonly parent: string;
  readonly trace: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface KeptSpans {
  readonly tracer: Tracer;
  ended(): readonly TreeSpan[];
  reset(): void;
}

export async function keptSpans(
  sampler: TracingSettings['sampler'] = 'parentbased_always_on',
): Promise<KeptSpans> {
  const exporter = new InMemorySpanExporter();
  const processor = new SimpleSpanProcessor({ exporter });
  const options = { env: {}, name: 'test', messagingSystem: 'memory', log: noLog };
  const { tracer } = await tracingTo(processor, { sampler, ratio: 1 }, options);
  return {
    tracer,
    ended: () => exporter.getFinishedSpans().map(treeSpan),
    reset: () => exporter.reset(),
  };
}

function treeSpan(span: ReadableSpan): TreeSpan {
  const { traceId, spanId } = span.spanContext();
  const { name, attributes, parentSpanContext } = span;
  return { id: spanId, parent: parentSpanContext?.spanId ?? '', trace: traceId, name, attributes };
}

/** Why the spans are not one connected tree below `root`; undefined: they are. */
export function treeProblem(spans: readonly TreeSpan[], root: string): string | undefined {
  const traces = new Set(spans.map(({ trace }) => trace));
  if (traces.size !== 1) return `${traces.size} traces: ${names(spans.filter(isFirst))}`;
  const known = new Set([root, ...spans.map(({ id }) => id)]);
  const lost = spans.filter(({ parent }) => !known.has(parent));
  return lost.length === 0 ? undefined : `without a parent: ${names(lost)}`;
}

function isFirst({ parent }: TreeSpan): boolean {
  return parent === '';
}

function names(spans: readonly TreeSpan[]): string {
  return spans.map(({ name }) => name).join(', ');
}

/** The names from the root to the span. */
export function pathTo(span: TreeSpan, spans: readonly TreeSpan[]): readonly string[] {
  const above = spans.find(({ id }) => id === span.parent);
  const name = `${span.attributes['unanimous.service'] ?? ''} ${span.name}`.trim();
  return above === undefined ? [name] : [...pathTo(above, spans), name];
}
