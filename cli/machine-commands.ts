/**
 * The command `machines check`: compares what is stored with the code, before a deployment. Exits 1 when something would not fit.
 */
import type { Command } from 'commander';
import { topologyOf } from '../config/topology.ts';
import type { StoredCheck } from '../runtime/duties/stored-check.ts';
import type { LoadConfigs } from './config-commands.ts';
import { type StoredOptions, storedOptions } from './stored-options.ts';

interface CheckOptions extends StoredOptions {
  readonly json?: boolean;
}

async function check(
  load: LoadConfigs,
  { config = [], data, json = false }: CheckOptions,
): Promise<void> {
  const [{ withStored }, { checkStored }] = await Promise.all([
    import('./stored-services.ts'),
    import('../runtime/duties/stored-check.ts'),
  ]);
  const configs = load(config);
  const checks = await withStored(configs, data, async ({ groups }) => {
    const found: StoredCheck[] = [];
    for (const { database, services } of groups) {
      if (await database.isMade())
        found.push(await checkStored(database.journal, services, topologyOf(configs)));
    }
    return found;
  });
  const result = summed(checks);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else show(result);
  if (result.problems.length > 0) process.exitCode = 1;
}

function summed(checks: readonly StoredCheck[]): StoredCheck {
  const sum = (count: (check: StoredCheck) => number) =>
    checks.reduce((total, each) => total + count(each), 0);
  return {
    actors: sum(({ actors }) => actors),
    timers: sum(({ timers }) => timers),
    activities: sum(({ activities }) => activities),
    messages: sum(({ messages }) => messages),
    problems: checks.flatMap(({ problems }) => problems),
  };
}

function show({ actors, timers, activities, messages, problems }: StoredCheck): void {
  for (const { what, where, problem } of problems)
    process.stdout.write(`${what} ${where}: ${problem}\n`);
  const end = problems.length === 0 ? 'everything fits' : `${problems.length} would not fit`;
  process.stdout.write(
    `looked at ${actors} actors, ${timers} timers, ${activities} activities, ${messages} messages: ${end}\n`,
  );
}

/** Adds it to the program. `load` throws `ConfigError`. */
export function machineCommands(program: Command, load: LoadConfigs): void {
  const machines = program.command('machines').description('look after stored actors');
  storedOptions(machines.command('check'))
    .description(
      'compare stored actors, timers, activities and messages with the code; exits 1 when something would not fit',
    )
    .option('--json', 'print one JSON object')
    .action((options: CheckOptions) => check(load, options));
}
