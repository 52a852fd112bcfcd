/**
 * The command `demo`. The demo itself is in `demo/`, and is loaded only when the command is called.
 */
import type { Command } from 'commander';
import type { DemoOptions } from './demo/demo-setup.ts';
import { failsWhen } from './exit-codes.ts';

/** Adds the command to the program. */
export function demoCommand(program: Command): void {
  const demo = program
    .command('demo')
    .description(
      'create a metalworking shop, delete parts, kill a process on the way, check what is left',
    )
    .option(
      '--rabbitmq <url>',
      'use this RabbitMQ, with the services in separate processes (needs --database)',
    )
    .option('--database <url>', 'use this PostgreSQL (needs --rabbitmq)')
    .action(async (options: DemoOptions) => (await import('./demo/demo.ts')).runDemo(options));
  failsWhen(demo, 'something is not as the demo expects it');
}
