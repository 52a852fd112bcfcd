/** `npm run simulate`: the consent protocol in seeded worlds, or under its known defects. */
import { Command, InvalidArgumentError } from 'commander';
import { simulate } from './consent/simulate-consent.ts';

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError('allowed are whole numbers from 0.');
  return number;
}

await new Command('npm run simulate --')
  .description(
    'run the consent protocol in a seeded world full of faults, and check its invariants after every step',
  )
  .option('--seeds <number>', 'number of seeds', wholeNumber, 100)
  .option('--seed <number>', 'the first seed', wholeNumber, 1)
  .option('--mutant <name>', 'with this known defect, until the simulation catches it')
  .option('--mutants <all>', 'with every known defect, one after the other')
  .option('--json', 'print a JSON object as the last line')
  .action(simulate)
  .parseAsync();
