/**
 * The caller of a request, as HTTP has proved the caller.
 *
 * - carried: name and roles go along with the message in the headers `caller` and `caller-roles`;
 *   HTTP itself forbids nothing by them.
 */
import type { Headers } from '../../runtime/ports/envelope.ts';
import { type Span, withTraceContext } from '../../runtime/ports/tracing.ts';

/** The sender of a request, proved. */
export interface Caller {
  readonly name: string;
  readonly roles: readonly string[];
}

/** The caller of a token; undefined for a token that is not known. */
export type TokenCallers = (token: string) => Promise<Caller | undefined>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route is for everybody. */
    isPublic?: true;
  }
  interface FastifyRequest {
    unanimousCaller: Caller | null;
    /** Null without a tracer. */
    unanimousSpan: Span | null;
  }
}

/** The headers of a message of the caller, with the trace of the request. */
export function requestHeaders(request: {
  readonly unanimousCaller: Caller | null;
  readonly unanimousSpan: Span | null;
}): { readonly headers?: Headers } {
  const headers = callerHeaders(request.unanimousCaller);
  const span = request.unanimousSpan;
  if (span !== null) return { headers: withTraceContext(headers, span.context) };
  return headers === undefined ? {} : { headers };
}

function callerHeaders(caller: Caller | null): Headers | undefined {
  return caller === null ? undefined : { caller: caller.name, 'caller-roles': [...caller.roles] };
}
