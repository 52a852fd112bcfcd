import { copyFile } from 'node:fs/promises';
import { activity } from '../../../../index.ts';

export const copyFiles = activity(
  async ({ files, to }: { files: string[]; to: string }, { signal, lastProgress, progress }) => {
    const done = typeof lastProgress === 'number' ? lastProgress : 0;
    for (const [index, file] of files.entries()) {
      if (index < done) continue; // an earlier try has copied these
      signal.throwIfAborted();
      await copyFile(file, `${to}/${index}`);
      progress(index + 1);
    }
    return files.length;
  },
  {
    attemptsMax: 10, // tries altogether
    firstDelayMs: 200, // before the second try
    factor: 2, // each further delay is twice as long …
    delayMaxMs: 30_000, // … up to half a minute
    jitter: 0.2, // up to a fifth of each delay is left to chance
    timeoutMs: 30_000, // for one try
    final: ['TypeError', 'ENOENT'], // errors that no further try can mend, by name or code
    concurrencyMax: 4, // of this activity at once in one process
  },
);
