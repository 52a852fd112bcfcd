/**
 * The program that runs several test files in one process, one after the other. Its arguments are their URLs (`shared-process.ts`).
 *
 * - A file may keep nothing open: the next file is imported when the event loop has nothing left to do.
 */
import { fileHeading } from './report.ts';
import { fileEnded, fileStarted } from './suite.ts';

for (const file of process.argv.slice(2)) {
  for (const stream of [process.stdout, process.stderr]) stream.write(fileHeading(file));
  fileStarted();
  await import(file);
  await fileEnded();
}
