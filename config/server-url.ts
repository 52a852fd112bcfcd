/**
 * The parts of a server's URL, read strictly and once. Every driver gets the parts, because drivers
 * read the same URL in different ways.
 *
 * Boundary: the parts that all servers share. The driver's side says which parameters and which
 * path the server knows.
 *
 * - Exact: user, password, host, path and parameters are percent-encoded UTF-8. A URL that programs
 *   read in two ways is refused: a raw `@` or `#` behind the host, a parameter given twice.
 * - Secret: a problem names the part, and never shows a text that may belong to a password.
 */
import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

export interface ServerUrl {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** A name in ASCII, or an address without brackets. Empty if the URL names no host. */
  readonly host: string;
  readonly port: number | undefined;
  /** Behind the first `/`, still encoded, because an encoded `/` separates nothing. */
  readonly path: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A URL is refused. `found` and `allowed` may be printed: they hold no secret. */
export class UrlProblem extends Error {
  readonly found: string;
  readonly allowed: string;

  constructor(found: string, allowed: string) {
    super(`found ${found}; allowed: ${allowed}`);
    this.name = 'UrlProblem';
    this.found = found;
    this.allowed = allowed;
  }
}

const form = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/s;
const hostAndPort = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s;
const hostName = /^[a-z0-9]([a-z0-9._-]*[a-z0-9.])?$/i;

/** Throws `UrlProblem`. */
export function parseServerUrl(url: string): ServerUrl {
  const [, scheme, authority = '', path, query = '', fragment] = form.exec(url) ?? [];
  if (scheme === undefined)
    throw new UrlProblem('a text that is no URL', 'scheme://user:password@host:port/…');
  if (`${path ?? ''}?${query}`.includes('@'))
    throw new UrlProblem('an @ behind the host', encodedEverywhere);
  if (fragment !== undefined) throw new UrlProblem('a # in the URL', encodedEverywhere);
  const at = authority.lastIndexOf('@');
  return {
    scheme,
    ...credentials(at < 0 ? '' : authority.slice(0, at)),
    ...place(authority.slice(at + 1)),
    path,
    parameters: parametersOf(query),
  };
}

const encodedEverywhere =
  'in user, password, path and query the characters / ? # @ as %2F %3F %23 %40';

function credentials(text: string): Pick<ServerUrl, 'user' | 'password'> {
  if (text === '') return { user: undefined, password: undefined };
  const colon = text.indexOf(':');
  if (colon < 0) return { user: decodedPart('user', text), password: undefined };
  return {
    user: decodedPart('user', text.slice(0, colon)),
    password: decodedPart('password', text.slice(colon + 1)),
  };
}

function place(text: string): Pick<ServerUrl, 'host' | 'port'> {
  const [, name = '', port] = hostAndPort.exec(text) ?? [];
  return { host: hostOf(name), port: port === undefined ? undefined : portOf(port) };
}

function hostOf(name: string): string {
  if (name === '') return name;
  const host = name.startsWith('[') ? name.slice(1, -1) : domainToASCII(decodedPart('host', name));
  if (name.startsWith('[') ? isIPv6(host) : hostName.test(host)) return host;
  throw new UrlProblem(
    'a host that is none',
    'host: one name, an IPv4 address, or an IPv6 address in []',
  );
}

function portOf(text: string): number {
  return wholeNumber('port', text, { min: 1, max: 65_535, isSecret: true });
}

/** The text of a part, percent-decoded. Throws `UrlProblem`. */
export function decodedPart(part: string, text: string): string {
  const decoded = decodedText(part, text);
  const isControl = [...decoded].some((character) => character < ' ' || character === '\u007f');
  if (isControl)
    throw new UrlProblem(`a control character in the ${part}`, `${part}: a text in one line`);
  return decoded;
}

function decodedText(part: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const allowed = `${part}: percent-encoded UTF-8, a % itself as %25`;
    throw new UrlProblem(`a % that begins no character in the ${part}`, allowed);
  }
}

function parametersOf(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const [name = '', ...values] = pair.split('=').map((text) => decodedPart('query', text));
    if (parameters.has(name))
      throw new UrlProblem(`the parameter ${name} twice`, 'query: each parameter once');
    parameters.set(name, values.join('='));
  }
  return parameters;
}

interface NumberBounds {
  readonly min: number;
  readonly max: number;
  /** The text may belong to a password and is not shown. */
  readonly isSecret?: boolean;
}

/** Throws `UrlProblem` for a text that is no whole number within the bounds. */
export function wholeNumber(
  part: string,
  text: string,
  { min, max, isSecret = false }: NumberBounds,
): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  const found = isSecret ? `a ${part} that is no such number` : `${part} ${JSON.stringify(text)}`;
  throw new UrlProblem(found, `${part}: a whole number from ${min} to ${max}`);
}

/** Throws `UrlProblem` for a parameter that is not among `known`. */
export function refuseOtherParameters({ parameters }: ServerUrl, known: readonly string[]): void {
  const other = [...parameters.keys()].find((name) => !known.includes(name));
  if (other === undefined) return;
  const allowed = known.length === 0 ? 'no parameters' : `the parameters ${known.join(', ')}`;
  throw new UrlProblem(`the parameter ${JSON.stringify(other)}`, `query: ${allowed}`);
}
