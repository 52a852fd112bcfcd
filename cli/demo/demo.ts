/**
 * `unanimous demo`: a metalworking shop is built, parts of it are deleted, a process is killed on the way, and what is left is checked.
 *
 * 1. Whatever is not as it must be ends it with an error that says so.
 * 2. However it ends, its processes, folders, queues and schemas are gone.
 */
import { systemClock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal.ts';
import { type Names, sentencesOf } from './sentences.ts';
import { Story } from './story.ts';
import { openTheatre, type TheatreOptions } from './theatre.ts';

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function narrate(lines: readonly HistoryLine[], names: Names): void {
  for (const { service, text } of sentencesOf(lines, names))
    print(`    ${service.padEnd(12)} ${text}`);
}

function endOn(signal: NodeJS.Signals, code: number): () => void {
  const end = () => process.exit(code);
  process.once(signal, end);
  return () => process.off(signal, end);
}

/** Rejects with the reason when anything is not as the story says. */
export async function runDemo(options: TheatreOptions): Promise<void> {
  const startedMs = systemClock.now();
  const names = new Map<string, string>();
  const signals = [endOn('SIGINT', 130), endOn('SIGTERM', 143)];
  try {
    const theatre = await openTheatre(options, (lines) => narrate(lines, names));
    try {
      await new Story(theatre, names, print).tell();
    } finally {
      await theatre.close();
    }
    print(
      `\nEverything is as it must be (${((systemClock.now() - startedMs) / 1000).toFixed(1)} s).`,
    );
  } finally {
    for (const forget of signals) forget();
  }
}
