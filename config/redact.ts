/**
 * Hides secrets in what is printed or logged.
 *
 * 1. Credentials in a URL, wherever the URL stands in a text, and passwords in its query.
 * 2. The value under a key that names a secret (`password`, `access_token`, `privateKey`, …), whatever its type.
 * 3. Too much is hidden rather than too little: a URL's credentials end at its last `@`.
 */
import { isJsonObject, type Json } from './json.ts';

export const hidden = '***';

const secretKey =
  /(^|_)(passwords?|passwd|pwd|passphrase|secrets?|tokens?|credentials?|api_?keys?|private_?keys?|access_?keys?|secret_?keys?)$/;
// A comma ends the credentials only where the next broker's URL begins.
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)(?:(?!,[a-z][a-z0-9+.-]*:\/\/)[^\s"])*@/gi;
const bareUserInfo = /(^|[\s"'=,])[^\s/:@"']+:(?!\/\/)[^\s"]+@/g;
// Digits up to the path are a port.
const userPassword = /:\/\/[^\s/?#@:]*:(?!\d*[/?#,])[^\s@]\S*@/;
const urlKey = /(^|_)(ur[il]s?|dsn)$/;
const querySecret = /([?&][\w-]*(?:password|passwd|secret|token|key)=)[^&\s"]*/gi;

/** Whether a value under this key is a secret; `privateKey`, `PRIVATE-KEY` and `private_key` are one. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(words(key));
}

/** Text without the credentials of the URLs in it. */
export function redactText(text: string): string {
  return text
    .replaceAll(userInfo, `$1${hidden}@`)
    .replaceAll(bareUserInfo, `$1${hidden}@`)
    .replaceAll(querySecret, `$1${hidden}`);
}

/** Whether a URL in the text has a password; a user's name alone is no secret. */
export function holdsPassword(text: string): boolean {
  return userPassword.test(text) || text.search(querySecret) >= 0;
}

/** A copy without secrets; `key` is the name the value stands under. */
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

/** What should be a URL and need not be one: a password may hold spaces, quotes and more than one `@`. */
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
