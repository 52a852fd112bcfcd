/** The place of a secret that a file must not hold. */
import type { Path } from './pointer.ts';

/** The variables that set the secret at this path, as a text for `allowed`. */
export function secretVariable(path: Path): string {
  const variable = path.join('__').toUpperCase();
  return `a secret only in the environment: ${variable}, or ${variable}_FILE with the path of a file`;
}
