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
/**
 * V8 compiles WebAssembly once, quickly, and not a second time for speed. A process that a test starts lives for seconds: the second
 * compilation is a third to a half of the processor time of each start of PGlite, and two thirds of its memory.
 */
const compiledOnce = '--liftoff-only';

/** `source` is the URL of a `.ts` file beside the one that asks. */
export function programAt(source: URL): Program {
  const { options, file } = measuredProgramAt(source);
  return { file, options: [...options, compiledOnce] };
}

/** As `programAt`, with V8 as users have it: for a test file, which may work long, and for a program whose speed is a result. */
export function measuredProgramAt(source: URL): Program {
  const file = fileURLToPath(source).replace(/\.ts$/, extension);
  return extension === '.ts'
    ? { file, options: ['--import', import.meta.resolve('tsx')] }
    : { file, options: ['--enable-source-maps'] };
}
