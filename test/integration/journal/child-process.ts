/** Starts `journal-process.ts` and listens to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { programAt } from '../../support/program.ts';

export interface JournalProcess {
  readonly pid: number;
  /** Lines printed so far. */
  readonly lines: readonly string[];
  /** Resolves when so many lines have been printed; rejects when the process ends before. */
  printed(count: number): Promise<void>;
  /** Tells it to begin, where it waits for that. */
  begin(): void;
  /** SIGKILL; resolves when it is gone and all it printed has been read. */
  kill(): Promise<void>;
}

const { options, file } = programAt(new URL('./journal-process.ts', import.meta.url));

export function startJournalProcess(
  what: 'commit' | 'lock' | 'contend' | 'open',
  target: string,
): JournalProcess {
  const child = spawn(process.execPath, [...options, file, what, target], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const reader = createInterface({ input: child.stdout });
  const lines: string[] = [];
  reader.on('line', (line) => lines.push(line));
  return {
    pid: child.pid ?? 0,
    lines,
    begin: () => void child.stdin.write('\n'),
    async printed(count) {
      const gone = ended.then(() =>
        Promise.reject(new Error(`the process ended after ${lines.length} lines`)),
      );
      while (lines.length < count) await Promise.race([once(reader, 'line'), gone]);
      gone.catch(() => undefined);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
