/**
 * Who may use the inspector: the browser of a person with a token, on a page of the inspector.
 *
 * - host: a name of a foreign domain may resolve to this address, so only loopback names and the
 *   names of the settings are taken in `Host`.
 * - origin: only the inspector's own page may send requests. A browser names the page in `Origin`,
 *   and its relation to the server in `Sec-Fetch-Site`.
 * - token: every route of the API needs a token in `Authorization`; the server sets no cookie, so a
 *   foreign page has nothing to ride on. A token is known by its hash only.
 * - acting: a request that changes something needs a token of an operator.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { InspectorSettings } from '../../config/exchange-config.ts';
import { isLoopback } from '../../config/http-settings.ts';
import { ProblemError, plainProblem } from '../http/problem.ts';

/** The person behind a token. */
export interface Visitor {
  readonly name: string;
  readonly mayAct: boolean;
}

/** A visitor by the SHA-256 of the token, in hexadecimal digits. */
export type Visitors = ReadonlyMap<string, Visitor>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route changes something. */
    changes?: true;
  }
  interface FastifyRequest {
    visitor: Visitor | null;
  }
}

export function visitorsOf({ readers, operators }: InspectorSettings): Visitors {
  const named = (people: Readonly<Record<string, string>>, mayAct: boolean) =>
    Object.entries(people).map(([name, hash]) => [hash, { name, mayAct }] as const);
  return new Map([...named(readers, false), ...named(operators, true)]);
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Refuses requests under a foreign name and requests of foreign pages, on all routes of `app`. */
export function refuseForeignPages(app: FastifyInstance, names: readonly string[]): void {
  app.addHook('onRequest', async ({ headers: { origin, host }, hostname }) => {
    const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
    if (!isLoopback(name) && !names.some((known) => known.toLowerCase() === name))
      throw refusal(421, `this server is not ${JSON.stringify(name)}`);
    if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
    throw refusal(403, `pages of ${JSON.stringify(origin)} may not send requests`);
  });
}

/** Lets only visitors in, on all routes of `app`. */
export function admitVisitors(app: FastifyInstance, visitors: Visitors): void {
  app.decorateRequest('visitor', null);
  app.addHook('onRequest', async (request) => {
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw refusal(403, 'only the page of the inspector may send requests');
    const visitor = visitorOf(request, visitors);
    if (request.routeOptions.config.changes === true && !visitor.mayAct)
      throw refusal(403, `${visitor.name} may look, and needs the token of an operator to act`);
    request.visitor = visitor;
  });
}

function visitorOf({ headers }: FastifyRequest, visitors: Visitors): Visitor {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw refusal(401, 'the header Authorization has no bearer token');
  const visitor = visitors.get(tokenHash(token));
  if (visitor === undefined) throw refusal(401, 'the bearer token is not valid');
  return visitor;
}

function refusal(status: number, detail: string): ProblemError {
  return new ProblemError(plainProblem(status, detail));
}
