/** The length of a reason. A reason goes into answers, refusals, records and texts for people. */

const reasonMax = 1_000;

/** The text as an answer may carry the text: well-formed, and cut where longer than the bound. */
export function boundedReason(reason: string): string {
  const text = reason.length > reasonMax ? `${reason.slice(0, reasonMax - 1)}…` : reason;
  return text.toWellFormed();
}
