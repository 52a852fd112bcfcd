#!/usr/bin/env node
/**
 * The executable `unanimous`: runs one command and exits as `exit-codes.ts` says.
 *
 * Boundary: the commands are in `program.ts`. Commander prints its own messages; every other error
 * is printed by this file, without secrets.
 *
 * - cut: a reader may close the output before the last line, as `head` does. The command goes on.
 */
import { CommanderError } from 'commander';
import { redactText } from '../config/redact.ts';
import { errorText, UnanimousError } from '../runtime/ports/errors.ts';
import { exitCodeOf } from './exit-codes.ts';
import { printError } from './print.ts';
import { buildProgram } from './program.ts';

function messageOf(error: unknown): string {
  if (error instanceof UnanimousError && error.code === 'config-invalid' && error.at !== undefined)
    return `${error.at}: ${error.message}`;
  return errorText(error);
}

function ignoreCut(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

process.stdout.on('error', ignoreCut);
process.stderr.on('error', ignoreCut);
try {
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  const isPrinted = error instanceof CommanderError;
  if (!isPrinted) printError(redactText(messageOf(error)));
}
