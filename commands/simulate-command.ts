/** The command `simulate` and its options; what it does is loaded only when it is called. */
import { type Command, InvalidArgumentError } from 'commander';
import type { SimulateArguments } from './simulate.ts';

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('allowed are whole numbers from 0.');
  return number;
}

export function simulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('run the consent protocol in a seeded world in which everything goes wrong, and check that nothing is ever wrong')
    .option('--seeds <number>', 'how many seeds', wholeNumber, 100)
    .option('--seed <number>', 'the first of them', wholeNumber, 1)
    .option('--mutant <name>', 'with this known defect, until it is caught')
    .option('--mutants <all>', 'with every known defect, one after the other')
    .option('--json', 'print a JSON object as the last line')
    .action(async (options: SimulateArguments) => (await import('./simulate.ts')).simulate(options));
}
