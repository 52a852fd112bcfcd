/** A file that the command line names. */
import { readFile } from 'node:fs/promises';
import { errorText, Refused } from '../runtime/ports/errors.ts';

/** `what`: the file for people. Rejects with `Refused('not-found')` for a file without a text. */
export async function textOfFile(what: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause) => {
    throw new Refused('not-found', `${what} cannot be read: ${errorText(cause)}`, { cause });
  });
}
