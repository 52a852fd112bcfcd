/**
 * A log file that is renamed, and begun anew, by its size or by time.
 *
 * Invariants:
 * - The newest lines are in the file with the given name. An old file has the time of its end in its
 *   name: `shop.log` becomes `shop.2026-11-27_00-00-00_000.log`.
 * - A restart goes on with the file: its age is counted from its creation.
 * - A line that cannot be written goes to standard error: a full disk ends no service.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Retention, Rotation } from '../../config/log-rotation.ts';

export interface RollingFileOptions {
  readonly file: string;
  readonly rotation?: Rotation;
  readonly retention?: Retention;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class RollingFile {
  readonly #options: RollingFileOptions;
  #handle = 0;
  #bytes = 0;
  /** When the next file begins by time; Infinity: never. */
  #endsMs = Infinity;

  /** Throws if the file cannot be opened. */
  constructor(options: RollingFileOptions) {
    this.#options = options;
    mkdirSync(dirname(options.file), { recursive: true });
    this.#open();
    this.#prune();
  }

  /** Appends a line, in a new file if its time or size has come. */
  write(line: string): void {
    try {
      if (this.#isOver(Buffer.byteLength(line))) this.#roll();
      this.#bytes += writeSync(this.#handle, line);
    } catch (error) {
      process.stderr.write(`the log file ${this.#options.file}: ${String(error)}\n${line}`);
    }
  }

  end(): void {
    closeSync(this.#handle);
  }

  #open(): void {
    const { file, rotation, now } = this.#options;
    this.#handle = openSync(file, 'a');
    const { size, birthtimeMs, mtimeMs } = fstatSync(this.#handle);
    this.#bytes = size;
    const begunMs = size === 0 ? now() : birthtimeMs || mtimeMs;
    this.#endsMs = rotation === undefined ? Infinity : endOf(rotation, begunMs);
  }

  #isOver(more: number): boolean {
    const { rotation, now } = this.#options;
    if (rotation?.kind === 'size') return this.#bytes > 0 && this.#bytes + more > rotation.bytes;
    return now() >= this.#endsMs;
  }

  #roll(): void {
    closeSync(this.#handle);
    if (this.#bytes > 0) renameSync(this.#options.file, this.#oldName());
    this.#open();
    this.#prune();
  }

  /** Two files that end in one millisecond have names of their own. */
  #oldName(): string {
    const { file, now } = this.#options;
    const extension = extname(file);
    const stem = join(dirname(file), basename(file, extension));
    for (let atMs = now(); ; atMs += 1) {
      const name = `${stem}.${stamp(atMs)}${extension}`;
      if (!existsSync(name)) return name;
    }
  }

  #prune(): void {
    const { file, retention, now } = this.#options;
    if (retention === undefined) return;
    const old = oldFiles(file);
    const kept =
      retention.kind === 'count'
        ? old.slice(0, retention.files)
        : old.filter(({ endedMs }) => endedMs > now() - retention.ms);
    for (const { path } of old.slice(kept.length)) rmSync(path, { force: true });
  }
}

/** The old files beside a file, the youngest first. */
function oldFiles(file: string): readonly { readonly path: string; readonly endedMs: number }[] {
  const extension = extname(file);
  const start = `${basename(file, extension)}.`;
  const found = readdirSync(dirname(file)).flatMap((name) => {
    if (!name.startsWith(start) || !name.endsWith(extension)) return [];
    const endedMs = stampedMs(name.slice(start.length, name.length - extension.length));
    return endedMs === undefined ? [] : [{ path: join(dirname(file), name), endedMs }];
  });
  return found.sort((a, b) => b.endedMs - a.endedMs);
}

/** `2026-11-27_00-00-00_000`, in UTC, so that the order of names is the order of time. */
function stamp(atMs: number): string {
  const [date, time = ''] = new Date(atMs).toISOString().replace('Z', '').split('T');
  return `${date}_${time.replaceAll(':', '-').replace('.', '_')}`;
}

function stampedMs(text: string): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})_(\d{3})$/.exec(text);
  if (parts === null) return undefined;
  const [, date, hours, minutes, seconds, ms] = parts;
  return Date.parse(`${date}T${hours}:${minutes}:${seconds}.${ms}Z`);
}

/** When a file that was begun at a time ends. */
export function endOf(rotation: Rotation, begunMs: number): number {
  switch (rotation.kind) {
    case 'size':
      return Infinity;
    case 'age':
      return begunMs + rotation.ms;
    case 'time':
      return nextTime(rotation, begunMs);
    case 'start':
      return nextStart(rotation.of, begunMs);
    default:
      return rotation satisfies never;
  }
}

function nextTime(
  { second, weekday }: Extract<Rotation, { readonly kind: 'time' }>,
  afterMs: number,
): number {
  const after = new Date(afterMs);
  for (let days = 0; ; days += 1) {
    const day = after.getDate() + days;
    const at = new Date(after.getFullYear(), after.getMonth(), day, 0, 0, second);
    const isDay = weekday === undefined || at.getDay() === weekday;
    if (isDay && at.getTime() > afterMs) return at.getTime();
  }
}

function nextStart(of: 'hour' | 'month' | 'year', afterMs: number): number {
  const after = new Date(afterMs);
  const [year, month] = [after.getFullYear(), after.getMonth()];
  if (of === 'year') return new Date(year + 1, 0, 1).getTime();
  if (of === 'month') return new Date(year, month + 1, 1).getTime();
  return new Date(year, month, after.getDate(), after.getHours() + 1).getTime();
}
