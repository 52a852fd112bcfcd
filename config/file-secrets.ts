/** Secrets that stand in a file, where they must not: they come from the environment only. */
import { isJsonObject, type Json } from './json.ts';
import type { Path } from './pointer.ts';
import { holdsPassword, isSecretKey } from './redact.ts';
import type { Problem } from './schema-problems.ts';
import { shown } from './shown.ts';

/** `isFromFile` says of a place whether its value stands in the file itself. */
export function fileSecrets(
  value: Json | undefined,
  isFromFile: (path: Path) => boolean,
  path: Path = [],
): readonly Problem[] {
  if (typeof value === 'string')
    return isSecret(value, path) && isFromFile(path)
      ? [{ path, found: shown(value, path), allowed: insteadOf(path) }]
      : [];
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, inner]) =>
      fileSecrets(inner, isFromFile, [...path, key]),
    );
  if (typeof value !== 'object' || value === null) return [];
  return value.flatMap((inner, index) => fileSecrets(inner, isFromFile, [...path, String(index)]));
}

function isSecret(text: string, path: Path): boolean {
  return holdsPassword(text) || (text !== '' && isSecretKey(path.at(-1) ?? ''));
}

function insteadOf(path: Path): string {
  const variable = path.join('__').toUpperCase();
  return `secrets in the environment only: ${variable}, or ${variable}_FILE with the path of a file`;
}
