/**
 * Bearer tokens, by which callers prove their names and roles: a token that is listed by its hash,
 * else a JSON Web Token.
 */
import { createHash } from 'node:crypto';
import type { HttpSettings } from '../../config/exchange-config.ts';
import { provesSenders } from '../../config/http-settings.ts';
import type { Caller, TokenCallers } from './caller.ts';
import { jwtCallers } from './jwt.ts';
import { ProblemError, plainProblem } from './problem.ts';

/** The caller by the header `Authorization`. Rejects if the header proves none. */
export type CallerOf = (authorization: string | undefined) => Promise<Caller>;

/** undefined: the settings let everybody in. Throws `Broken('config-invalid')` for a wrong file. */
export function callersOf(settings: Pick<HttpSettings, 'callers' | 'jwt'>): CallerOf | undefined {
  if (!provesSenders(settings)) return undefined;
  const listed = listedCallers(settings);
  const signed = settings.jwt === undefined ? listed : jwtCallers(settings.jwt);
  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unproved('the header Authorization has no bearer token');
    const caller = (await listed(token)) ?? (await signed(token));
    if (caller === undefined) throw unproved('the bearer token is not valid');
    return caller;
  };
}

function listedCallers({ callers }: Pick<HttpSettings, 'callers'>): TokenCallers {
  const byHash = new Map(
    Object.entries(callers).map(([name, { sha256, roles }]) => [sha256, { name, roles }]),
  );
  return async (token) => byHash.get(createHash('sha256').update(token).digest('hex'));
}

function unproved(detail: string): ProblemError {
  return new ProblemError(plainProblem(401, detail));
}
