/**
 * The reference of the command, `docs/cli.md`, made from the program that commander runs.
 *
 * Job: one pure function from the program to the text. Boundary: `references.ts` names the files.
 *
 * - complete: every command has its arguments, options with defaults, examples, and the meaning of exit
 *   code 1.
 */
import type { Argument, Command, Option } from 'commander';
import { wrapped } from '../../cli/demo/terminal.ts';
import { examplesOf } from '../../cli/examples.ts';
import { exitCodeMeanings, failureOf } from '../../cli/exit-codes.ts';

const width = 100;

export function commandReference(program: Command): string {
  const codes = exitCodeMeanings.flatMap(({ code, meaning }) => item(`\`${code}\`: ${meaning}.`));
  const commands = program.commands.flatMap((command) => sections(command, program.name()));
  return [
    '# The command unanimous',
    '',
    'This file is generated from the program: `npm run docs`. `unanimous <command> --help` prints the',
    'same. Results go to standard output, warnings and errors to standard error.',
    '',
    '## Exit codes',
    '',
    ...codes,
    '',
    ...commands,
  ].join('\n');
}

/** A command with subcommands is only their common beginning. */
function sections(command: Command, parent: string): readonly string[] {
  const name = `${parent} ${command.name()}`;
  if (command.commands.length > 0)
    return command.commands.flatMap((subcommand) => sections(subcommand, name));
  const failure = failureOf(command);
  return [
    `## \`${name}\``,
    '',
    ...paragraph(sentence(command.description())),
    '',
    `Usage: \`${`${name} ${usageOf(command)}`.trimEnd()}\``,
    '',
    ...list([
      ...command.registeredArguments.flatMap(argumentText),
      ...command.options.flatMap(optionText),
    ]),
    'Examples:',
    '',
    ...examplesOf(name.split(' ').slice(1).join(' ')).map((line) => `- \`${line}\``),
    '',
    ...(failure === undefined ? [] : [...paragraph(`Exit code \`1\`: ${failure}.`), '']),
  ];
}

function usageOf(command: Command): string {
  const given = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [...(command.options.length > 0 ? ['[options]'] : []), ...given].join(' ');
}

function argumentText(argument: Argument): readonly string[] {
  return item(`\`${argument.name()}\`: ${argument.description}.`);
}

function optionText(option: Option): readonly string[] {
  const { flags, description, mandatory, defaultValue, argChoices } = option;
  const facts = [
    ...(mandatory ? ['required'] : []),
    ...(argChoices === undefined ? [] : [argChoices.map((choice) => `\`${choice}\``).join(' or ')]),
    ...defaultText(flags, defaultValue),
  ];
  return item(`\`${flags}\`: ${description}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}.`);
}

/** The user's name is the default of \`--by\`, and differs from machine to machine. */
function defaultText(flags: string, defaultValue: unknown): readonly string[] {
  if (flags.startsWith('--by ')) return ['default: the name of the user'];
  return typeof defaultValue === 'string' ? [`default \`${defaultValue}\``] : [];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function list(items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [...items, ''];
}

function paragraph(text: string): readonly string[] {
  return wrapped(text, width);
}

function item(text: string): readonly string[] {
  return wrapped(text, width - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
}
