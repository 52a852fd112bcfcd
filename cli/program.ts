/**
 * All commands of `unanimous` together. Nothing runs before `parseAsync`; every way to end throws
 * instead of exiting.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { cardCommands } from './card-commands.ts';
import { certificateCommands } from './certificate-commands.ts';
import { completionCommand } from './completion-command.ts';
import { configCommands } from './config-commands.ts';
import { deadLetterCommands } from './dead-letter-commands.ts';
import { deletionCommands } from './deletion-commands.ts';
import { demoCommand } from './demo-command.ts';
import { addExamples } from './examples.ts';
import { exitCodeMeanings } from './exit-codes.ts';
import { fileCommands } from './file-commands.ts';
import { machineCommands } from './machine-commands.ts';
import { messageCommands } from './message-commands.ts';
import { migrateCommands } from './migrate-command.ts';
import { planCommand } from './plan-command.ts';
import { rowCommands } from './row-commands.ts';
import { sagaCommands } from './saga-commands.ts';
import { servicesCommand } from './services-command.ts';
import { startCommand } from './start-command.ts';
import { subscribersCommand } from './subscribers-command.ts';
import { upCommand } from './up-command.ts';
import { whyCommand } from './why-command.ts';

/**
 * Subcommands inherit `exitOverride`, so a wrong option of any of them throws a `CommanderError`.
 */
export function buildProgram(): Command {
  const codes = exitCodeMeanings.map(
    ({ code, meaning }) => `  ${String(code).padEnd(3)} ${meaning}`,
  );
  const program = new Command('unanimous')
    .description('services that delete nothing until everyone who depends on it agrees')
    .version(packageVersion())
    .addHelpText('after', ['', 'Exit codes:', ...codes].join('\n'))
    .exitOverride();
  upCommand(program);
  startCommand(program);
  demoCommand(program);
  configCommands(program);
  messageCommands(program);
  whyCommand(program);
  servicesCommand(program);
  subscribersCommand(program);
  sagaCommands(program);
  cardCommands(program);
  fileCommands(program);
  certificateCommands(program);
  planCommand(program);
  deletionCommands(program);
  deadLetterCommands(program);
  rowCommands(program, machineCommands(program));
  migrateCommands(program);
  completionCommand(program);
  addExamples(program);
  return program;
}

function packageVersion(): string {
  // package.json is beside the sources' folder, and one folder further up from the built files.
  for (const place of ['../package.json', '../../package.json']) {
    const manifest = manifestAt(new URL(place, import.meta.url));
    if (manifest?.name === 'unanimous') return manifest.version;
  }
  return 'unknown';
}

function manifestAt(url: URL): { readonly name: string; readonly version: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, 'utf8'));
  } catch {
    return undefined;
  }
}
