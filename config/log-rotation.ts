/**
 * The texts that say when a new log file begins and how long old log files are kept, in the forms
 * of Python's loguru. Pure.
 *
 * - sizes: `500 MB` (a million bytes each), `10 KiB` (1024 bytes each).
 * - ages: `1 week`, `10 min`; a month has 30 days, a year 365.
 * - times: `00:00`, `monday`, `monday at 12:00`, in the time zone of the process; `hourly`,
 *   `daily`, `weekly`, `monthly` and `yearly` begin with the hour, day, week, month and year.
 */

/** When a new log file is begun. */
export type Rotation =
  | { readonly kind: 'size'; readonly bytes: number }
  | { readonly kind: 'age'; readonly ms: number }
  | {
      readonly kind: 'time';
      /** Seconds after midnight. */
      readonly second: number;
      /** 0: Sunday; absent: each day. */
      readonly weekday?: number;
    }
  | { readonly kind: 'start'; readonly of: 'hour' | 'month' | 'year' };

/**
 * Which old log files are kept: all files younger than an age, or a number of the youngest files.
 */
export type Retention =
  | { readonly kind: 'age'; readonly ms: number }
  | { readonly kind: 'count'; readonly files: number };

export const rotationForms =
  'a size ("500 MB"), an age ("1 week"), a time ("00:00", "monday at 12:00"), or hourly, daily, ' +
  'weekly, monthly, yearly';
export const retentionForms = 'an age ("1 months") or a number of files (10)';

const secondMs = 1_000;
const dayMs = 86_400 * secondMs;
const unitMs: Readonly<Record<string, number>> = {
  s: secondMs,
  sec: secondMs,
  second: secondMs,
  min: 60 * secondMs,
  minute: 60 * secondMs,
  h: 3_600 * secondMs,
  hour: 3_600 * secondMs,
  d: dayMs,
  day: dayMs,
  w: 7 * dayMs,
  week: 7 * dayMs,
  month: 30 * dayMs,
  y: 365 * dayMs,
  year: 365 * dayMs,
};
const powers: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };
const weekdays: readonly (string | undefined)[] = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
];
const named: Readonly<Record<string, Rotation>> = {
  hourly: { kind: 'start', of: 'hour' },
  daily: { kind: 'time', second: 0 },
  weekly: { kind: 'time', second: 0, weekday: 1 },
  monthly: { kind: 'start', of: 'month' },
  yearly: { kind: 'start', of: 'year' },
};

/** undefined: the text has none of `rotationForms`. */
export function rotationOf(text: string): Rotation | undefined {
  const plain = text.trim().toLowerCase();
  if (Object.hasOwn(named, plain)) return named[plain];
  const bytes = sizeOf(plain);
  if (bytes !== undefined) return { kind: 'size', bytes };
  const ms = ageOf(plain);
  return ms === undefined ? timeOf(plain) : { kind: 'age', ms };
}

/** undefined: the value has none of `retentionForms`. */
export function retentionOf(value: string | number): Retention | undefined {
  if (/^[1-9]\d{0,5}$/.test(String(value))) return { kind: 'count', files: Number(value) };
  const ms = typeof value === 'string' ? ageOf(value.trim().toLowerCase()) : undefined;
  return ms === undefined ? undefined : { kind: 'age', ms };
}

function sizeOf(text: string): number | undefined {
  const [, amount, prefix = '', binary] =
    /^(\d{1,9}(?:\.\d{1,3})?) *([kmgt]?)(i?)b$/.exec(text) ?? [];
  if (amount === undefined || (binary === 'i' && prefix === '')) return undefined;
  const bytes = Math.floor(
    Number(amount) * (binary === 'i' ? 1024 : 1000) ** (powers[prefix] ?? 0),
  );
  return bytes > 0 ? bytes : undefined;
}

function ageOf(text: string): number | undefined {
  const [, amount, unit = ''] = /^([1-9]\d{0,8}) *([a-z]+)$/.exec(text) ?? [];
  const ms = unitMs[unit] ?? unitMs[unit.replace(/s$/, '')];
  return amount === undefined || ms === undefined ? undefined : Number(amount) * ms;
}

function timeOf(text: string): Rotation | undefined {
  const [, day, clock] =
    /^(?:([a-z]+)(?: +at +(?=\d)|$))?(\d{1,2}:\d{2}(?::\d{2})?)?$/.exec(text) ?? [];
  const weekday = weekdays.indexOf(day);
  if ((day !== undefined && weekday < 0) || (day === undefined && clock === undefined))
    return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = (clock ?? '').split(':').map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const second = hours * 3_600 + minutes * 60 + seconds;
  return { kind: 'time', second, ...(day === undefined ? {} : { weekday }) };
}
