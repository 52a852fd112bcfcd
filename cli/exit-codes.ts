/**
 * The exit codes of the command `unanimous`, and the code that an error leads to.
 *
 * Job: one table, from which the command exits, prints its help, and `docs/cli.md` is generated.
 *
 * - Scripts rely on the codes: a code is never reused for another meaning.
 * - What exit code 1 means for a particular command stands beside that command, with `failsWhen`.
 */
import { type Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { UnanimousError } from '../runtime/ports/errors.ts';

export const exitCodes = { done: 0, failed: 1, usage: 2, config: 78 } as const;

export const exitCodeMeanings: readonly { readonly code: number; readonly meaning: string }[] = [
  { code: exitCodes.done, meaning: 'the command did its work' },
  { code: exitCodes.failed, meaning: 'the command failed; the reason is on standard error' },
  { code: exitCodes.usage, meaning: 'the command line is wrong' },
  {
    code: exitCodes.config,
    meaning: 'the configuration is wrong (EX_CONFIG of sysexits.h); every problem is listed',
  },
];

const failures = new WeakMap<Command, string>();

/** Notes, and adds to the help of the command, what exit code 1 means for the command. */
export function failsWhen(command: Command, meaning: string): Command {
  failures.set(command, meaning);
  return command.addHelpText('after', `\nExit code ${exitCodes.failed}: ${meaning}.`);
}

export function failureOf(command: Command): string | undefined {
  return failures.get(command);
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError)
    return error.exitCode === exitCodes.done ? exitCodes.done : exitCodes.usage;
  return isConfigError(error) ? exitCodes.config : exitCodes.failed;
}

function isConfigError(error: unknown): boolean {
  if (error instanceof ConfigError) return true;
  return error instanceof UnanimousError && error.code === 'config-invalid';
}
