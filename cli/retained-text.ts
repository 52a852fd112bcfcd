/** What is kept, and until when a reason stands, as text for a terminal. Pure. */

interface Kept {
  readonly what: string;
  readonly basis: string;
  readonly until?: string | null;
}

/** `invoices, until 2036-12-31 (commercial law)` */
export function retainedText({ what, basis, until }: Kept): string {
  return `${what}${endingText(until)} (${basis})`;
}

/** Empty without an end. */
export function endingText(until: string | null | undefined): string {
  return until === undefined || until === null ? '' : `, until ${until}`;
}
