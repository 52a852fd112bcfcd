/** The progress line and the report of `cards burn`. */
import type { BurnCounts } from './burn-run.ts';

export type BurnReport = {
  /** Cards of the list. */
  readonly cards: number;
  /** Cards that an earlier run has deleted. */
  readonly before: number;
  readonly done: number;
  readonly partly: number;
  readonly failed: number;
  /** Cards that were not asked for, because the run was stopped. */
  readonly left: number;
  readonly seconds: number;
  /** Cards a second. */
  readonly rate: number;
};

export function burnReport(
  cards: number,
  before: number,
  counts: BurnCounts,
  elapsedMs: number,
): BurnReport {
  const ended = counts.done + counts.partly + counts.failed;
  return {
    cards,
    before,
    ...counts,
    left: cards - before - ended,
    seconds: Math.round(elapsedMs / 100) / 10,
    rate: Math.round(rateOf(ended, elapsedMs)),
  };
}

/** At most 80 characters. */
export function progressLine({ done, partly, failed, left, rate }: BurnReport): string {
  const also = partly === 0 ? '' : `, ${partly} partly`;
  const rest = rate === 0 ? '' : `, ${rate}/s, ${timeText(Math.ceil(left / rate))} left`;
  return `${done} done${also}, ${failed} failed, ${left} to do${rest}`;
}

export function reportLines(report: BurnReport, record: string): readonly string[] {
  const { cards, before, done, partly, failed, left, seconds, rate } = report;
  const earlier = before === 0 ? '' : `, ${before} of them before this run`;
  return [
    `${before + done + partly} of ${cards} cards are deleted${earlier}: ${seconds} s, ${rate} cards a second`,
    ...(partly === 0
      ? []
      : [`${partly} had files that were not removed in time, named in ${record}`]),
    ...(failed === 0
      ? []
      : [
          `${failed} are not deleted, with their reasons in ${record}; another run tries them again`,
        ]),
    ...(left === 0 ? [] : [`${left} were not asked for; run the command again to go on with them`]),
  ];
}

function rateOf(count: number, elapsedMs: number): number {
  return elapsedMs <= 0 ? 0 : (count * 1_000) / elapsedMs;
}

/** `1 h 02 min`, `3 min 07 s`, `9 s`. */
function timeText(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  if (hours > 0) return `${hours} h ${two(minutes % 60)} min`;
  return minutes > 0 ? `${minutes} min ${two(seconds % 60)} s` : `${seconds} s`;
}
