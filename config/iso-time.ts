/**
 * Dates and times of ISO 8601. `Date.parse` reads far more: "hello 1" is a day of the year 2001, and
 * the 30th of February a day of March, so a misspelt end of a hold would be taken for a past one.
 */

/** A year, a month or a day, or a day with a time of day; a time of day may have an offset. */
const form =
  /^(?<year>\d{4})(?:-(?<month>\d\d)(?:-(?<day>\d\d)(?:[Tt ](?<minute>(?:[01]\d|2[0-3]):[0-5]\d)(?<second>:[0-5]\d(?:[.,]\d{1,9})?)?(?:[Zz]|(?<hours>[+-](?:[01]\d|2[0-3]))(?::?(?<minutes>[0-5]\d))?)?)?)?)?$/;

/**
 * Milliseconds since the epoch; undefined for another text, also for a day that no month has. A
 * year, a month or a day is its first moment. A time without an offset is of UTC.
 */
export function parseIsoTime(text: string): number | undefined {
  const found = form.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { year, month = '01', day = '01', minute = '00:00', second = ':00' } = found;
  const { hours, minutes = '00' } = found;
  const date = `${year}-${month}-${day}`;
  if (!isDay(date)) return undefined;
  const offset = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  return Date.parse(`${date}T${minute}${second.replace(',', '.')}${offset}`);
}

function isDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

/** A time in milliseconds since the epoch, in UTC. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
