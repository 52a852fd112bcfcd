/**
 * Headers routing: a binding's arguments against a message's headers.
 *
 * - Ignored arguments: `all` and `any` ignore arguments whose name begins with `x-`; `all-with-x` and
 *   `any-with-x` ignore only `x-match`.
 * - Defaults: no `x-match` means `all`. Without an argument to compare, `all` matches and `any` does
 *   not.
 * - Equal values have the same type: `1` is not `"1"`.
 */
import type { Arguments } from '../../config/topology.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';

export type HeadersMatch = (headers: Headers | undefined) => boolean;

export const matchKinds: readonly unknown[] = ['all', 'any', 'all-with-x', 'any-with-x'];

export function headersMatch(binding: Arguments): HeadersMatch {
  const kind = String(binding['x-match'] ?? 'all');
  const ignored = kind.endsWith('-with-x')
    ? (name: string) => name === 'x-match'
    : (name: string) => name.startsWith('x-');
  const wanted = Object.entries(binding).filter(([name]) => !ignored(name));
  const holds =
    (headers: Headers) =>
    ([name, value]: [string, unknown]) =>
      Object.hasOwn(headers, name) && headers[name] === value;
  if (kind.startsWith('any')) return (headers = {}) => wanted.some(holds(headers));
  return (headers = {}) => wanted.every(holds(headers));
}
