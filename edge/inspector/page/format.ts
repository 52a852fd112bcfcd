/** Numbers and times as text. */

/** `4 s`, `12 min`, `3 h`, `2 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 1) return `${Math.round(Math.max(0, ms))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} d`;
}

export function clockTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}

export function dateTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
}

/** Messages a second. */
export function rateText(rate: number): string {
  if (rate === 0) return '0';
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** The beginning and the end of a long id. */
export function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
}

/** `4 s ago`; a time that is not known is said to be so. */
export function ageText(atMs: number | null, nowMs: number): string {
  return atMs === null ? 'begin not known' : `${duration(nowMs - atMs)} ago`;
}

/** An event of a machine in words: `after 1 min`, `votes is done`, `always`. */
export function eventText(event: string): string {
  if (event === '') return 'always';
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(event) ?? [];
  if (delay !== undefined) return `after ${/^\d+$/.test(delay) ? duration(Number(delay)) : delay}`;
  const [, outcome, source = ''] =
    /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(event) ?? [];
  if (outcome === undefined) return event;
  const [name = source] = source.split('.').slice(-1);
  return outcome === 'done' ? `${name} is done` : `${name} has failed`;
}
