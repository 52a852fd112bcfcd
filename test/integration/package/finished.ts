/** Runs a program to its end. */
import { execFile } from 'node:child_process';

/** Resolves to the printed text. If the program fails, throws an error with the printed text. */
export function finished(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error }));
    });
  });
}
