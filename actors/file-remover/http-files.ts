/**
 * Files on HTTP servers: looked at with `HEAD`, removed with `DELETE`.
 *
 * 1. Only servers of the listed origins are asked, also where a status URL names the server.
 * 2. 404 and 410 mean gone. A redirect is a refusal, because a redirected removal would remove
 *    another file.
 * 3. A file that changed after the preparation stays: `DELETE` names the file's ETag.
 * 4. An accepted removal (202) is followed: at its status URL, else by looking at the file, until
 *    the file is gone.
 * 5. 429 and 503 wait as long as `Retry-After` says.
 */

import { Refused, Transient } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { exchange, type HttpAnswer, type HttpRequest } from '../outside/http-exchange.ts';
import { type NameLookup, ReachableAddresses } from '../outside/reachable-addresses.ts';
import {
  type FileInput,
  type FilePlace,
  type FileToTake,
  type Found,
  type Later,
  requireThere,
  type Taken,
} from './file-place.ts';
import { requireExact } from './file-url.ts';
import { retryAfterMs } from './retry-after.ts';

export type HttpFilesSettings = {
  /** Scheme, host and port of each server, as in the URLs of the files. */
  readonly origins: readonly string[];
  /** Networks that are reached besides public addresses, in CIDR notation. */
  readonly addresses: readonly string[];
  readonly timeoutMs: number;
  /** Sent to every listed origin as a bearer token; null for none. */
  readonly token: string | null;
};

export const noServers: HttpFilesSettings = {
  origins: [],
  addresses: [],
  timeoutMs: 30_000,
  token: null,
};

/** Before the next look at an accepted removal; the machine lets the waits grow. */
const lookDelayMs = 1_000;

const gone: ReadonlySet<number> = new Set([404, 410]);
const passing: ReadonlySet<number> = new Set([408, 423, 425, 429]);
/** Headers with the status URL of an accepted removal. */
const statusHeaders = ['operation-location', 'azure-asyncoperation', 'location'] as const;

export class HttpFiles implements FilePlace {
  readonly #settings: HttpFilesSettings;
  readonly #addresses: ReachableAddresses;

  constructor(settings: HttpFilesSettings, lookUp?: NameLookup) {
    this.#settings = settings;
    this.#addresses = new ReachableAddresses(settings.addresses, lookUp);
  }

  async prepare({ url }: FileInput, signal: AbortSignal): Promise<Found> {
    const answer = await this.#ask({ method: 'HEAD', url: this.#fileOf(url), signal });
    if (gone.has(answer.status)) return { kind: 'absent' };
    const later = postponed(answer, null);
    if (later !== undefined) return later;
    requireNoRedirect(answer);
    // A server may forbid to look at a file and permit to remove the file.
    if (!isSuccess(answer)) return { kind: 'present', bytes: null, sha256: null };
    const { header } = answer;
    return {
      kind: 'present',
      bytes: bytesOf(header('content-length')),
      sha256: digestOf(header('repr-digest')),
      evidence: evidenceOf(answer),
    };
  }

  async remove(file: FileToTake, signal: AbortSignal): Promise<Taken> {
    const url = this.#fileOf(file.url);
    const { accepted = null } = file;
    if (accepted === null) return this.#delete(file, signal);
    const waiting = accepted.status === null ? undefined : await this.#follow(accepted, signal);
    if (waiting !== undefined) return waiting;
    const answer = await this.#ask({ method: 'HEAD', url, signal });
    if (gone.has(answer.status))
      return { kind: 'removed', note: null, evidence: evidenceOf(answer) };
    const later = postponed(answer, accepted);
    if (later !== undefined) return later;
    // The operation has ended, or its end cannot be seen: the removal is asked for again.
    return accepted.status !== null || !isSuccess(answer)
      ? this.#delete(file, signal)
      : look('the server has accepted the removal, and the file is still there', { status: null });
  }

  /** The preparation only looks at the file, and so does this. */
  async restore(file: FileInput, signal: AbortSignal): Promise<void> {
    requireThere(await this.prepare(file, signal));
  }

  async #delete({ url, evidence = null }: FileToTake, signal: AbortSignal): Promise<Taken> {
    const etag = evidence?.['etag'];
    const headers: Record<string, string> = isStrong(etag) ? { 'if-match': etag } : {};
    const answer = await this.#ask({ method: 'DELETE', url: this.#fileOf(url), headers, signal });
    const { status } = answer;
    // After a `HEAD` that found the file, an earlier try has removed the file.
    if (gone.has(status))
      return {
        kind: 'removed',
        note: evidence === null ? 'absent' : null,
        evidence: { ...evidence, ...evidenceOf(answer) },
      };
    if (status === 202) return this.#accepted(answer, url);
    const later = postponed(answer, null);
    if (later !== undefined) return later;
    requireNoRedirect(answer);
    if (status === 412)
      throw new Refused('expectation-failed', 'the file has changed since it was looked at');
    if (!isSuccess(answer) || status === 207)
      throw new Refused('refused', `the server answers ${status}${textOf(answer)}`);
    return { kind: 'removed', note: null, evidence: { ...evidence, ...evidenceOf(answer) } };
  }

  #accepted(answer: HttpAnswer, url: string): Later {
    const named = statusHeaders.map(answer.header).find((text) => text !== undefined);
    const status = named === undefined || !URL.canParse(named, url) ? null : new URL(named, url);
    if (status !== null) this.#requireOrigin(status.href, 'the status URL');
    const delayMs = retryAfterMs(answer) ?? lookDelayMs;
    const note = 'the server has accepted the removal and has not answered its end';
    return { kind: 'later', delayMs, note, accepted: { status: status?.href ?? null } };
  }

  /** Undefined when the operation has ended, or when the server no longer knows the operation. */
  async #follow({ status }: { readonly status: string | null }, signal: AbortSignal) {
    if (status === null) return undefined;
    this.#requireOrigin(status, 'the status URL');
    const answer = await this.#ask({ method: 'GET', url: status, signal });
    const later = postponed(answer, { status });
    if (later !== undefined) return later;
    const word = statusWord(answer);
    if (
      answer.status === 202 ||
      /^(?:accepted|deleting|inprogress|pending|queued|running)$/.test(word)
    )
      return look(`the removal is under way: ${word || 202}`, { status }, retryAfterMs(answer));
    if (/^(?:cancell?ed|error|failed)$/.test(word))
      throw new Refused('refused', `the server has not carried the removal out: ${word}`);
    return undefined;
  }

  #ask(request: HttpRequest): Promise<HttpAnswer> {
    const { token, timeoutMs } = this.#settings;
    const headers = {
      ...request.headers,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    return exchange({ ...request, headers }, { addresses: this.#addresses, timeoutMs });
  }

  #fileOf(url: string): string {
    requireExact(url);
    this.#requireOrigin(url, 'the file');
    return url;
  }

  #requireOrigin(url: string, what: string): void {
    const { origin, username, password } = new URL(url);
    if (this.#settings.origins.includes(origin) && username === '' && password === '') return;
    throw new Refused(
      'not-permitted',
      `${what} is on ${origin}, and file_remover.http.origins does not list this server`,
    );
  }
}

function look(note: string, accepted: Later['accepted'], delayMs = lookDelayMs): Later {
  return { kind: 'later', delayMs, note, accepted };
}

/**
 * The wait that a busy server asks for; undefined for any other answer.
 * @throws Transient for a busy server that names no time.
 */
function postponed(answer: HttpAnswer, accepted: Later['accepted']): Later | undefined {
  const { status } = answer;
  const isBusy = passing.has(status) || (status >= 500 && status !== 501);
  if (!isBusy) return undefined;
  const note = `the server answers ${status}${textOf(answer)}`;
  const delayMs = retryAfterMs(answer);
  if (delayMs === undefined) throw new Transient('not-reachable', note);
  return { kind: 'later', delayMs, note, accepted };
}

function requireNoRedirect({ status, header }: HttpAnswer): void {
  if (status < 300 || status >= 400) return;
  const target = header('location') ?? 'nowhere';
  throw new Refused(
    'refused',
    `the server redirects (${status}) to ${target}; no redirect is followed`,
  );
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function evidenceOf({ status, header }: HttpAnswer): JsonObject {
  const [etag, date] = [header('etag'), header('date')];
  return {
    status,
    ...(etag === undefined ? {} : { etag }),
    ...(date === undefined ? {} : { date }),
  };
}

function bytesOf(length: string | undefined): number | null {
  return /^\d{1,15}$/.test(length ?? '') ? Number(length) : null;
}

/** RFC 9530. */
function digestOf(header = ''): string | null {
  const [, base64] = /(?:^|[\s,])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header) ?? [];
  return base64 === undefined ? null : Buffer.from(base64, 'base64').toString('hex');
}

/** A weak ETag does not identify the content. */
function isStrong(etag: unknown): etag is string {
  return typeof etag === 'string' && /^"[^"]*"$/.test(etag);
}

/** The member `status` or `state` of a status document, in small letters; '' for none. */
function statusWord({ body }: HttpAnswer): string {
  const [, word = ''] =
    /"(?:status|state|provisioningState)"\s*:\s*"([A-Za-z _-]{1,40})"/.exec(body) ?? [];
  return word.toLowerCase().replace(/[ _-]/g, '');
}

function textOf({ body }: HttpAnswer): string {
  const text = body
    .replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ')
    .trim()
    .slice(0, 200);
  return text === '' ? '' : `: ${text}`;
}
