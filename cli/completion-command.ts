/** The command `completion`: prints a script with which a shell completes the command line. */
import { Argument, type Command } from 'commander';
import { completionScript, type Shell, shells } from './completion-scripts.ts';
import { completedCommands } from './completion-tree.ts';
import { print } from './print.ts';

/** Adds the command to the program. */
export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script with which a shell completes commands, options and file names')
    .addArgument(new Argument('<shell>', 'shell that reads the script').choices(shells))
    .action((shell: Shell) => print(completionScript(shell, completedCommands(program)).trimEnd()));
}
