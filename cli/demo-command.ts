/**
 * The command `demo`. The demo itself is in `demo/`, and is loaded only when the command is called.
 */
import type { Command } from 'commander';
import type { DemoOptions } from './demo/demo-setup.ts';
import { exitCodes, failsWhen } from './exit-codes.ts';

type Given = Omit<DemoOptions, 'replicas'> & { readonly replicas: string };

async function demo({ replicas: text, ...options }: Given, command: Command): Promise<void> {
  const replicas = Number(text);
  if (!Number.isInteger(replicas) || replicas < 1)
    command.error(`error: --replicas is ${text}; allowed is a whole number from 1`, {
      exitCode: exitCodes.usage,
    });
  await (await import('./demo/demo.ts')).runDemo({ ...options, replicas });
}

/** Adds the command to the program. */
export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'create a metalworking shop, delete parts, kill a process on the way, check what is left',
    )
    .option(
      '--rabbitmq <url>',
      'use this RabbitMQ, with the services in separate processes (needs --database)',
    )
    .option('--database <url>', 'use this PostgreSQL (needs --rabbitmq)')
    .option('--http', 'send the requests over HTTP; on servers, each service has its own process')
    .option('--replicas <count>', 'processes of each service, on servers', '1')
    .option(
      '--configs <folder>',
      "take the services' configs from this folder, under the package's names: with own users, say",
    )
    .action(demo);
  failsWhen(command, 'something is not as the demo expects it');
}
