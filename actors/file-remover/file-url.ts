/**
 * The one file that a URL names. Pure; knows no disk and no server.
 *
 * 1. Two readers of a URL must find the same file. So a URL has no query, no fragment, no
 *    backslash, no empty part, no `.` or `..`, and no user. A `file:` URL has no host.
 * 2. Two spellings must not pass for two files. So an escape is in capitals, and no escape stands
 *    for a letter, a digit, `-`, `.`, `_` or `~`. Any other character than the punctuation of RFC
 *    3986 is escaped.
 * 3. The punctuation that encoders treat differently may be escaped or not: `fileKey` is the same
 *    for both.
 */
import { Refused } from '../../runtime/ports/errors.ts';

const escaped = '%(?!2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])[0-9A-F]{2}';
const part = new RegExp(`^(?:[A-Za-z0-9._~!$&'()*+,;=:@\\[\\]|^-]|${escaped})+$`);
const shape = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\/(.*)$/s;

/** Characters that end a path, with the reason of the refusal. */
const ambiguous: readonly (readonly [string, string])[] = [
  ['\\', 'it has a backslash; in a name write %5C'],
  ['?', 'it has a query; a question mark in a name is written %3F'],
  ['#', 'it has a fragment; a number sign in a name is written %23'],
];

/** The reason why a URL does not name exactly one file; undefined when the URL does. */
export function fileUrlProblem(url: string): string | undefined {
  const [, reason] = ambiguous.find(([character]) => url.includes(character)) ?? [];
  return reason ?? shapeProblem(url);
}

/**
 * The key under which two URLs of the same file are equal. For a URL that `fileUrlProblem` passes.
 */
export function fileKey(url: string): string {
  const { scheme, host, parts } = piecesOf(url);
  return `${scheme}://${host}/${parts.map((name) => normal(decoded(name) ?? name)).join('/')}`;
}

/** The names on the path of a `file:` URL, from the root of the disk. Throws Refused. */
export function localNames(url: string): readonly string[] {
  requireExact(url);
  return piecesOf(url).parts.map((name) => decoded(name) ?? name);
}

/** The bucket and the key of an `s3:` URL. Throws Refused. */
export function bucketAndKey(url: string): { readonly bucket: string; readonly key: string } {
  requireExact(url);
  const { host, parts } = piecesOf(url);
  return { bucket: host, key: parts.map((name) => decoded(name) ?? name).join('/') };
}

/** @throws Refused for a URL that does not name exactly one file. */
export function requireExact(url: string): void {
  const problem = fileUrlProblem(url);
  if (problem === undefined) return;
  throw new Refused('bad-message', `the URL does not name exactly one file: ${problem}`);
}

/** The scheme of a URL, in small letters and without the colon; '' for text without a scheme. */
export function schemeOf(url: string): string {
  return (/^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1] ?? '').toLowerCase();
}

function shapeProblem(url: string): string | undefined {
  if (!shape.test(url)) return 'it does not begin as scheme://host/ or file:/// in small letters';
  const { scheme, host, parts } = piecesOf(url);
  return hostProblem(scheme, host) ?? firstOf(parts, partProblem);
}

function hostProblem(scheme: string, host: string): string | undefined {
  if (scheme === 'file') return host === '' ? undefined : `it names the host '${host}'`;
  if (host.includes('@')) return 'it names a user';
  const read = URL.canParse(`${scheme}://${host}/`) ? new URL(`${scheme}://${host}/`).host : '';
  return host !== '' && read === host
    ? undefined
    : `the host '${host}' is not in its normal form${read === '' ? '' : ` '${read}'`}`;
}

function partProblem(text: string): string | undefined {
  if (text === '') return 'a part of its path is empty';
  const name = decoded(text);
  if (name === undefined) return `'${text}' has an escape that is not UTF-8`;
  if (name === '.' || name === '..') return `its path has the part '${name}'`;
  if (/[/\0]/.test(name)) return `'${text}' has an escaped slash or a NUL`;
  return part.test(text) ? undefined : `'${text}' is not in its normal form '${normal(name)}'`;
}

function firstOf(
  parts: readonly string[],
  look: (text: string) => string | undefined,
): string | undefined {
  for (const text of parts) {
    const problem = look(text);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function piecesOf(url: string) {
  const [, scheme = '', host = '', path = ''] = shape.exec(url) ?? [];
  return { scheme, host, parts: path.split('/') };
}

function normal(name: string): string {
  return encodeURIComponent(name.replace(/\p{Cs}/gu, '\ufffd'));
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
