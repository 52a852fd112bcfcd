/** Finds secrets in a config file. Secrets may come from the environment only. */
import { isJsonObject, type Json } from './json.ts';
import type { Path } from './pointer.ts';
import { holdsPassword, isSecretKey } from './redact.ts';
import type { Problem } from './schema-problems.ts';
import { secretVariable } from './secret-variable.ts';
import { shown } from './shown.ts';

/** `isFromFile`: whether the value at a path comes from the file, and not from the environment. */
export function fileSecrets(
  value: Json | undefined,
  isFromFile: (path: Path) => boolean,
  path: Path = [],
): readonly Problem[] {
  if (typeof value === 'string')
    return isSecret(value, path) && isFromFile(path)
      ? [{ path, found: shown(value, path), allowed: secretVariable(path) }]
      : [];
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, inner]) =>
      fileSecrets(inner, isFromFile, [...path, key]),
    );
  if (typeof value !== 'object' || value === null) return [];
  return value.flatMap((inner, index) => fileSecrets(inner, isFromFile, [...path, String(index)]));
}

function isSecret(text: string, path: Path): boolean {
  return holdsPassword(text) || (text !== '' && path.some(isSecretKey));
}
