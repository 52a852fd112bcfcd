/** How Node runs a file of the project as a program of its own: compiled where this file is, else as it stands, by tsx. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Program {
  /** For Node, before the file. */
  readonly options: readonly string[];
  /** The file. */
  readonly file: string;
}

const extension = extname(import.meta.url);

/** `source` is the URL of a `.ts` file beside the one that asks. */
export function programAt(source: URL): Program {
  const file = fileURLToPath(source).replace(/\.ts$/, extension);
  return extension === '.ts'
    ? { file, options: ['--import', import.meta.resolve('tsx')] }
    : { file, options: ['--enable-source-maps'] };
}
