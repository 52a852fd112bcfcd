/**
 * Text without regard to case, as the attributes of LDAP are compared. The fold is made here and
 * not by a database, so that every adapter finds the same names, also beyond ASCII.
 */

/** Texts that differ only in case have the same fold. */
export function folded(text: string): string {
  return text.toLowerCase();
}
