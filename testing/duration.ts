/** Readable durations. */

const unitsMs = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 } as const;
const pattern = /^(\d+(?:\.\d+)?) ?(ms|s|min|h)$/;

/** Milliseconds, or a number with its unit: `250 ms`, `10 s`, `1.5 min`, `2 h`. */
export type Duration = number | string;

/** The duration in milliseconds. Throws `RangeError` for a negative number or an unknown unit. */
export function milliseconds(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : textMs(duration);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new RangeError(
    `found ${JSON.stringify(duration)}; a duration is milliseconds from 0, or text such as '250 ms', '10 s', '5 min', '1 h'`,
  );
}

function textMs(text: string): number {
  const [, amount, unit] = pattern.exec(text) ?? [];
  return unit === undefined ? Number.NaN : Number(amount) * unitsMs[unit as keyof typeof unitsMs];
}
