/** What the commands that look after what is stored have in common: which services, and where they are stored. */
import type { Command } from 'commander';

export interface StoredOptions {
  readonly config?: readonly string[];
  readonly data: string;
}

export function storedOptions(command: Command): Command {
  return command
    .option('--config <files...>', 'exchange config files instead of those of the package')
    .option(
      '--data <folder>',
      'folder of the embedded database, where no database_url is given',
      '.unanimous',
    );
}
