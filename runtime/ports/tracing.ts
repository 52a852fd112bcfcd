/**
 * The port for spans, and the W3C trace context that travels in headers and stands in rows. Adapter:
 * OpenTelemetry (`telemetry/open-telemetry.ts`). Without a tracer nothing is read, made or stored.
 *
 * Invariants:
 * - Ended or gone: only a span that was ended leaves the process. A turn ends its spans after its
 *   commit, so a turn that is computed again leaves the spans of its last computation alone.
 * - Harmless: a context of a stranger is checked. A malformed context counts as none.
 * - No content: a context is in no identity and no digest of a message.
 */
import { type ActorAddress, addressId } from './address.ts';
import type { Draft } from './draft.ts';
import type { Headers, HeaderValue } from './envelope.ts';
import { errorText } from './errors.ts';

/** One span, for those that follow from it. JSON. */
export type TraceContext = {
  /** Version, trace id, span id and flags, as W3C Trace Context writes them. */
  readonly traceparent: string;
  readonly tracestate?: string;
};

/** The role of the process in the work of a span, in the words of OpenTelemetry. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';
/** Facts about the work of a span. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that begins now. */
export interface SpanStart {
  /** One of few names: ids stand in the attributes. */
  readonly name: string;
  readonly kind: SpanKind;
  /** Undefined: the span begins a trace. */
  readonly parent: TraceContext | undefined;
  readonly attributes: SpanAttributes;
}

/** A span under way. No method throws. */
export interface Span {
  readonly context: TraceContext;
  set(attributes: SpanAttributes): void;
  /** `error`: what has failed. Only the first call counts. */
  end(error?: string): void;
  /** Runs the function with the span as the present one, for libraries that make spans themselves. */
  run<T>(work: () => T): T;
}

/** Makes spans. No function throws. */
export interface Tracer {
  start(span: SpanStart): Span;
}

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Later versions of the standard may add parts, which are not passed on. */
const laterTraceparent = /^(?!00|ff)[0-9a-f]{2}(-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})-[!-~]*$/;
/** Printable ASCII. The standard asks for at least 512 characters to be passed on. */
const tracestate = /^[ -~]{1,512}$/;

/** The context in the headers of a message or a request. Undefined: none, or a malformed one. */
export function traceContextIn(
  headers: Readonly<Record<string, HeaderValue | readonly string[] | undefined>> | undefined,
): TraceContext | undefined {
  const given = headers?.['traceparent'];
  if (headers === undefined || typeof given !== 'string' || given.length > 512) return undefined;
  const parent = given.replace(laterTraceparent, '00$1');
  if (!traceparent.test(parent)) return undefined;
  const state = headers['tracestate'];
  return typeof state === 'string' && tracestate.test(state)
    ? { traceparent: parent, tracestate: state }
    : { traceparent: parent };
}

/** The headers with this context in place of any other. */
export function withTraceContext(headers: Headers | undefined, context: TraceContext): Headers {
  const { tracestate: _other, ...given } = headers ?? {};
  const traced: Draft<Record<string, HeaderValue>> = given;
  traced['traceparent'] = context.traceparent;
  if (context.tracestate !== undefined) traced['tracestate'] = context.tracestate;
  return traced;
}

/** The member of a log line that names the trace. */
export function traceField(trace: string | undefined): { readonly trace?: string } {
  return trace === undefined ? {} : { trace };
}

/** The id of the trace in the headers of a message. */
export function traceIdIn(headers: Headers | undefined): string | undefined {
  const context = traceContextIn(headers);
  return context && traceIdOf(context);
}

/** The id of the trace, as logs and tools name it. */
export function traceIdOf({ traceparent: text }: TraceContext): string {
  return text.slice(3, 35);
}

/** The actor that a span is about. */
export function addressAttributes(address: ActorAddress): Record<string, string> {
  const { service, machine } = address;
  return {
    'unanimous.service': service,
    'unanimous.machine': machine,
    'unanimous.actor': addressId(address),
  };
}

/** Ends the span with the work. Rejects as the work does. */
export async function endedSpan<T>(
  span: Span,
  work: Promise<T>,
  failure: (result: T) => string | undefined = () => undefined,
): Promise<T> {
  try {
    const result = await work;
    span.end(failure(result));
    return result;
  } catch (error) {
    span.end(errorText(error));
    throw error;
  }
}
