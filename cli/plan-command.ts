/** The command `plan`: what a deletion would do, asked of the service that owns the nodes. Nothing is changed by it. */
import { type Command, CommanderError } from 'commander';
import type { DeletionPlan } from '../actors/consent/plan-schema.ts';
import type { LoadConfigs } from './sagas.ts';
import { type StoredOptions, storedOptions } from './stored-options.ts';

interface PlanOptions extends StoredOptions {
  readonly service?: string;
  readonly json?: boolean;
  readonly schema?: boolean;
}

const exitUsage = 2;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function showSchema(): Promise<void> {
  const { DeletionPlanSchema } = await import('../actors/consent/plan-schema.ts');
  print(JSON.stringify(DeletionPlanSchema, null, 2));
}

async function showPlan(
  load: LoadConfigs,
  ids: readonly string[],
  options: PlanOptions,
): Promise<void> {
  const { config = [], service, json } = options;
  if (service === undefined || ids.length === 0)
    throw new CommanderError(
      exitUsage,
      'unanimous.nothing',
      'name the nodes, and with --service the service that owns them',
    );
  const [{ tellService }, { planLines }] = await Promise.all([
    import('./sagas.ts'),
    import('./plan-lines.ts'),
  ]);
  const { configNamed } = await import('./behind-door.ts');
  const plan = (await tellService(configNamed(load(config), service), options, 'plan', {
    id: ids,
  })) as unknown as DeletionPlan;
  if (json === true) print(JSON.stringify(plan));
  else for (const line of planLines(plan)) print(line);
}

/** Adds it to the program. */
export function planCommand(program: Command, load: LoadConfigs): void {
  storedOptions(program.command('plan').argument('[ids...]', 'the nodes that would be deleted'))
    .description(
      'what a deletion would do, without doing it: what would go, whose it is, and who would say what',
    )
    .option('--service <name>', 'the service that owns the nodes')
    .option('--json', 'as one line of JSON')
    .option('--schema', 'print the JSON Schema of a plan instead')
    .action((ids: string[], options: PlanOptions) =>
      options.schema === true ? showSchema() : showPlan(load, ids, options),
    );
}
