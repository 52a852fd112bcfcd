/** The commands `saga …` and their options. What they do is loaded only when one is called: it brings the actors and the drivers. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { LoadConfigs, Override, Where } from './sagas.ts';

function sagas() {
  return import('./sagas.ts');
}

function located(command: Command): Command {
  return command
    .option('--config <files...>', 'exchange config files instead of those of the package')
    .option('--data <folder>', 'where the embedded database is', '.unanimous');
}

function audited(command: Command): Command {
  return located(command)
    .requiredOption('--why <reason>', 'the reason, for the record')
    .option('--by <name>', 'who does it', userInfo().username);
}

function readingCommands(saga: Command, load: LoadConfigs): void {
  located(
    saga.command('list').description('the sagas under way, and the part of each service in them'),
  )
    .option('--json', 'as one line of JSON')
    .action(async (where: Where & { json?: boolean }) =>
      (await sagas()).list(load, where, where.json === true),
    );
  located(
    saga
      .command('show')
      .description('the record of a saga: who said what, what was decided, what is open')
      .argument('<id>'),
  )
    .option('--json', 'as one line of JSON')
    .action(async (id: string, where: Where & { json?: boolean }) =>
      (await sagas()).show(load, id, where, where.json === true),
    );
  saga
    .command('schema')
    .description('print the JSON Schema of a record')
    .action(async () => (await sagas()).showSchema());
}

function overrideCommands(saga: Command, load: LoadConfigs): void {
  audited(saga.command('cancel').description('call a saga off, while it asks').argument('<id>'))
    .option('--service <name>', 'withdraw the part of this voter instead')
    .action(async (id: string, override: Override) => {
      const { servicesFor, tell } = await sagas();
      return tell(load, await servicesFor(load, id, override), override, 'cancel', { saga: id });
    });
  audited(
    saga
      .command('skip')
      .description('after the decision, stop waiting for a voter')
      .argument('<id>')
      .argument('<voter>'),
  )
    .option('--service <name>', 'who waits; default: everyone who waits for the voter')
    .action(async (id: string, voter: string, override: Override) => {
      const { servicesFor, tell } = await sagas();
      return tell(load, await servicesFor(load, id, override, voter), override, 'skip', {
        saga: id,
        voter,
      });
    });
  audited(
    saga
      .command('retire')
      .description('take a subscriber off every list of a service, and call off what asks it')
      .argument('<subscriber>'),
  )
    .requiredOption('--service <name>', 'whose lists')
    .action(async (subscriber: string, override: Override) =>
      (await sagas()).tell(load, [override.service ?? ''], override, 'retire', {
        service: subscriber,
      }),
    );
  audited(
    saga
      .command('release')
      .description("drop a service's promise, when its owner's journal is lost")
      .argument('<id>'),
  )
    .requiredOption('--service <name>', 'whose promise')
    .action(async (id: string, override: Override) =>
      (await sagas()).tell(load, [override.service ?? ''], override, 'release', { saga: id }),
    );
}

/** Adds them to the program. */
export function sagaCommands(program: Command, load: LoadConfigs): void {
  const saga = program
    .command('saga')
    .description('look at deletions and updates, and override them');
  readingCommands(saga, load);
  overrideCommands(saga, load);
  for (const command of saga.commands) command.exitOverride();
}
