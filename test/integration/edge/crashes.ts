/**
 * Errors that would end the process: an exception that nobody catches, a rejection that nobody handles.
 *
 * Boundary: listens while the fuzzer runs, so that the fuzzer survives and can name the errors.
 */
import { inspect } from 'node:util';

export class Crashes {
  readonly #found: string[] = [];
  readonly #note = (error: unknown): void => {
    this.#found.push(textOf(error));
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
