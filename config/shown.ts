/** A value as an error message may show it: JSON, without secrets, short. */
import type { Json } from './json.ts';
import type { Path } from './pointer.ts';
import { hidden, isSecretKey, redact } from './redact.ts';

const shownLengthMax = 80;

/** `path` is the path of the value. A value below a key that names a secret is hidden. */
export function shown(value: Json, path: Path = []): string {
  if (path.some(isSecretKey)) return hidden;
  const text = JSON.stringify(
    redact(
      value,
      path.findLast((key) => !/^\d+$/.test(key)),
    ),
  );
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax).toWellFormed()}…` : text;
}
