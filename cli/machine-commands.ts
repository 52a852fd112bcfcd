/** The commands `machines …`; `check` compares stored actors with the code before a deployment. */
import type { Command } from 'commander';
import { topologyOf } from '../config/topology.ts';
import type { StoredCheck } from '../runtime/duties/stored-check.ts';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { print } from './print.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface CheckOptions extends StorageOptions {
  readonly json?: boolean;
}

async function checkMachines(options: CheckOptions): Promise<void> {
  const [{ withStoredServices }, { checkStored }] = await Promise.all([
    import('./stored-services.ts'),
    import('../runtime/duties/stored-check.ts'),
  ]);
  const checks = await withStoredServices(options, async ({ configs, journals }) => {
    const topology = topologyOf(configs);
    const found: StoredCheck[] = [];
    for (const { journal, services } of journals)
      found.push(await checkStored(journal, services, topology));
    return found;
  });
  const result = summed(checks);
  if (options.json === true) print(JSON.stringify(result));
  else for (const line of linesOf(result)) print(line);
  if (result.problems.length > 0) process.exitCode = exitCodes.failed;
}

function summed(checks: readonly StoredCheck[]): StoredCheck {
  const sum = (count: (check: StoredCheck) => number) =>
    checks.reduce((total, check) => total + count(check), 0);
  return {
    actors: sum(({ actors }) => actors),
    timers: sum(({ timers }) => timers),
    activities: sum(({ activities }) => activities),
    messages: sum(({ messages }) => messages),
    problems: checks.flatMap(({ problems }) => problems),
  };
}

function linesOf(check: StoredCheck): readonly string[] {
  const { actors, timers, activities, messages, problems } = check;
  const stored = `${actors} actors, ${timers} timers, ${activities} activities`;
  const verdict = problems.length === 0 ? 'everything fits' : `${problems.length} would not fit`;
  return [
    ...problems.map(({ what, where, problem }) => `${what} ${where}: ${problem}`),
    `looked at ${stored}, ${messages} messages: ${verdict}`,
  ];
}

/** Adds the commands to the program, and returns their parent. */
export function machineCommands(program: Command): Command {
  const machines = program
    .command('machines')
    .description('list the machines of the code, and compare stored actors with them');
  const check = withStorageOptions(machines.command('check'))
    .description('compare stored actors, timers, activities and messages with the code')
    .option('--json', 'print one JSON object')
    .action(checkMachines);
  failsWhen(check, 'the code could not continue something that is stored');
  return machines;
}
