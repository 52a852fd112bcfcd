/**
 * Hides secrets in values and texts that are printed or logged.
 *
 * - urls: the credentials of a URL are hidden, anywhere in a text, and so are passwords in its
 *   query. So is a bearer token.
 * - keys: the value under a key that names a secret (`password`, `access_token`, `privateKey`, …)
 *   is hidden, whatever its type.
 * - generous: too much is hidden rather than too little. The credentials of a URL end at its last
 *   `@`.
 * - linear: the work of `redactText` grows with the length of the text, because a stranger's text
 *   reaches the answers and the log. No expression of `redactText` looks at the rest of a text from
 *   each of its characters.
 */
import { isJsonObject, type Json } from './json.ts';

export const hidden = '***';

const secretKey =
  /(^|_)(passwords?|passwd|pwd|passphrase|secrets?|tokens?|credentials?|authorization|cookies?|api_?keys?|private_?keys?|access_?keys?|secret_?keys?)$/;
const word = /[^\s"]+/g;
// A comma ends the credentials only before the URL of the next broker.
const nextUrl = /,(?=[a-z][a-z0-9+.-]{0,30}:\/\/)/i;
// Digits between the colon and the path are a port, no password.
const userPassword = /:\/\/[^\s/?#@:]*:(?!\d*[/?#,])[^\s@]\S*@/;
const urlKey = /(^|_)(ur[il]s?|dsn)$/;
const querySecret = /([?&][\w-]*(?:password|passwd|secret|token|key)=)[^&\s"]*/gi;

const bearerToken = /\b(bearer\s+)[\w.~+/=-]{16,}/gi;

/**
 * Whether the value under this key is a secret. `privateKey`, `PRIVATE-KEY` and `private_key` are
 * the same key.
 */
export function isSecretKey(key: string): boolean {
  return secretKey.test(words(key));
}

/** The text without the credentials of the URLs in it. */
export function redactText(text: string): string {
  return text
    .replaceAll(word, (found) => (found.includes('@') ? withoutUserInfo(found) : found))
    .replaceAll(querySecret, `$1${hidden}`)
    .replaceAll(bearerToken, `$1${hidden}`);
}

function withoutUserInfo(text: string): string {
  return withoutBareUserInfo(text.split(nextUrl).map(withoutUrlUserInfo).join(','));
}

/** From `://` to the last `@`. */
function withoutUrlUserInfo(text: string): string {
  const scheme = text.indexOf('://');
  const end = text.lastIndexOf('@');
  if (scheme < 0 || end < scheme) return text;
  return `${text.slice(0, scheme)}://${hidden}${text.slice(end)}`;
}

/** `name:password@` without a scheme, from the first name to the last `@`. */
function withoutBareUserInfo(text: string): string {
  const end = text.lastIndexOf('@');
  let name: number | undefined = 0;
  for (let at = 0; at < end; at += 1) {
    const character = text[at] as string;
    if (character === ':' && name !== undefined && name < at && at + 1 < end) {
      if (!text.startsWith('//', at + 1))
        return `${text.slice(0, name)}${hidden}${text.slice(end)}`;
    }
    if (character === "'") name = at + 1;
    else if (character === '=' || character === ',') name ??= at + 1;
    else if (character === ':' || character === '/' || character === '@') name = undefined;
  }
  return text;
}

/** Whether a URL in the text has a password. A user name without a password is no secret. */
export function holdsPassword(text: string): boolean {
  return userPassword.test(text) || text.search(querySecret) >= 0;
}

/** A copy without secrets. `key` is the key that holds the value. */
export function redact(value: Json | undefined, key = ''): Json | undefined {
  if (value === undefined || value === null) return value;
  if (isSecretKey(key)) return hidden;
  if (typeof value === 'string')
    return urlKey.test(words(key)) ? redactUrl(value) : redactText(value);
  if (isJsonObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, redact(inner, name)]),
    );
  if (typeof value === 'object') return value.map((inner) => redact(inner, key) ?? null);
  return value;
}

/**
 * For a value that should be a URL but may be malformed: a password may contain spaces, quotes and
 * several `@`.
 */
function redactUrl(text: string): string {
  const known = redactText(text);
  if (!known.replaceAll(`${hidden}@`, '').includes('@')) return known;
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  return `${scheme}${hidden}${text.slice(text.lastIndexOf('@'))}`;
}

function words(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}
