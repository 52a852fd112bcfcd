/**
 * The caller of a request, as HTTP has proved the caller.
 *
 * - carried: name and roles go along with the message in the headers `caller` and `caller-roles`;
 *   HTTP itself forbids nothing by them.
 */
import type { Headers } from '../../runtime/ports/envelope.ts';

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
  }
}

/** The headers of a message of the caller. */
export function callerHeaders(caller: Caller | null): { readonly headers?: Headers } {
  if (caller === null) return {};
  return { headers: { caller: caller.name, 'caller-roles': [...caller.roles] } };
}
