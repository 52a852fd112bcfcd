/** Standard output of the command: one line at a time. Warnings and errors go to standard error. */

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function warn(line: string): void {
  process.stderr.write(`warning: ${line}\n`);
}
