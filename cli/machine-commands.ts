/**
 * The commands `machines …`: `check` compares stored actors with the code before a deployment, and
 * `release` ends the time in which the code of the version before may come back.
 */
import type { Command } from 'commander';
import { topologyOf } from '../config/topology.ts';
import type { StoredCheck } from '../runtime/duties/stored-check.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { MachineVersion } from '../runtime/ports/journal-survey.ts';
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
      if (services.length > 0) found.push(await checkStored(journal, services, topology));
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

/** The version that the code of a machine waits to store. */
function waitingVersion(services: readonly ServiceDefinition[], wanted: string): MachineVersion {
  const known: string[] = [];
  for (const { name: service, machines } of services)
    for (const { name: machine, version, before } of machines.values()) {
      if (before === undefined) continue;
      if (wanted === `${service}/${machine}`) return { service, machine, version };
      known.push(`${service}/${machine}`);
    }
  const allowed = known.length === 0 ? 'no machine of the code has `writes`' : known.join(', ');
  throw new Refused('not-found', `${wanted} waits for no release; allowed: ${allowed}`);
}

async function releaseMachine(name: string, options: StorageOptions): Promise<void> {
  const { withStoredServices } = await import('./stored-services.ts');
  const released = await withStoredServices(options, async ({ journals }) => {
    const version = waitingVersion(
      journals.flatMap(({ services }) => services),
      name,
    );
    const stored = journals.find(({ services }) =>
      services.some((service) => service.name === version.service),
    );
    await stored?.journal.releaseVersion(version);
    return version;
  });
  print(`${name}: version ${released.version} is released; processes store it within seconds`);
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
  const release = withStorageOptions(machines.command('release'))
    .description('let processes store the newest version of a machine that waits for it')
    .argument('<machine>', '<service>/<machine>, as `machines list` prints it')
    .action(releaseMachine);
  failsWhen(release, 'the code of the machine waits for no release');
  return machines;
}
