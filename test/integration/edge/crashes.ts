/**
 * Errors that would end the process: an exception that nobody catches, a rejection that nobody handles.
 *
 * Boundary: listens while the fuzzer runs, so that the fuzzer survives and can name the errors. A rejection that a
 * user's code leaves behind on purpose is none of these errors: `cli/serve.ts` handles such a rejection.
 */
import { inspect } from 'node:util';
import { isStray } from './stray-rejections.ts';

export class Crashes {
  readonly #found: string[] = [];
  readonly #note = (error: unknown): void => {
    if (!isStray(error)) this.#found.push(textOf(error));
  };

  listen(): void {
    process.on('uncaughtException', this.#note);
    process.on('unhandledRejection', this.#note);
  }

  end(): void {
    process.off('uncaughtException', this.#note);
    process.off('unhandledRejection', this.#note);
  }

  /** The errors since the last call. */
  take(): readonly string[] {
    return this.#found.splice(0);
  }
}

/** An error may be made so that it cannot be printed. */
function textOf(error: unknown): string {
  try {
    return inspect(error).slice(0, 600);
  } catch {
    return 'an error that cannot be printed';
  }
}
