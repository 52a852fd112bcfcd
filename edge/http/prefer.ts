/** The header `Prefer` (RFC 7240): how long a client waits for the end of a deletion or update. */

/** A longer wait is cut. */
const waitMaxMs = 300_000;

/** Milliseconds; 0 for `respond-async`; undefined without a preference that is understood. */
export function preferredWaitMs(
  header: string | readonly string[] | undefined,
): number | undefined {
  const preferences = String(header ?? '')
    .split(',')
    .map((preference) => preference.trim());
  const waits = preferences.flatMap((preference) => /^wait="?(\d+)"?$/i.exec(preference) ?? []);
  const seconds = waits[1];
  if (seconds !== undefined) return Math.min(Number(seconds) * 1000, waitMaxMs);
  return preferences.some((preference) => /^respond-async$/i.test(preference)) ? 0 : undefined;
}
