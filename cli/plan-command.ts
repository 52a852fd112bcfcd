/** The command `plan`: asks the owner of the nodes what a deletion would do. Nothing is changed. */
import type { Command } from 'commander';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { print } from './print.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface PlanOptions extends StorageOptions {
  readonly service?: string;
  readonly json?: boolean;
  readonly schema?: boolean;
}

async function plan(ids: readonly string[], options: PlanOptions, command: Command): Promise<void> {
  const { service, json } = options;
  if (options.schema === true) return printSchema();
  if (service === undefined || ids.length === 0)
    return command.error(
      `error: name ${ids.length === 0 ? 'the ids of the nodes, and ' : ''}with --service the service that owns the nodes: \`unanimous why <id>\` names the owner`,
      {
        exitCode: exitCodes.usage,
      },
    );
  const [{ requestService }, { planLines, planFrom }] = await Promise.all([
    import('./service-requests.ts'),
    import('./plan-text.ts'),
  ]);
  const answer = await requestService(service, options, 'plan', { id: ids });
  if (json === true) print(JSON.stringify(answer));
  else for (const line of planLines(planFrom(answer))) print(line);
}

async function printSchema(): Promise<void> {
  const { DeletionPlanSchema } = await import('../actors/consent/plan-schema.ts');
  print(JSON.stringify(DeletionPlanSchema, null, 2));
}

/** Adds the command to the program. */
export function planCommand(program: Command): void {
  const command = withStorageOptions(program.command('plan'))
    .description(
      'show what a deletion would do, without doing it: the nodes, their services, and each vote',
    )
    .argument('[ids...]', 'ids of the nodes that would be deleted')
    .option('--service <name>', 'service that owns the nodes')
    .option('--json', 'print one line of JSON')
    .option('--schema', 'print the JSON Schema of a plan instead')
    .action(plan);
  failsWhen(command, 'the service gave no plan; a plan whose deletion would be refused is a plan');
}
