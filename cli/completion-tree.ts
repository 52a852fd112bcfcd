/** The words that may follow each command, from the program that commander runs. Pure. */
import type { Command, Option } from 'commander';

export interface CompletedWord {
  /** A command, or a flag with its dashes. */
  readonly word: string;
  readonly description: string;
}

/** The value of an option: files, one of some words, or any text. Undefined: the option takes none. */
export type CompletedValue = 'files' | 'text' | readonly string[];

export interface CompletedOption extends CompletedWord {
  readonly value: CompletedValue | undefined;
}

/** A command, with the words that may follow. */
export interface CompletedCommand {
  /** Every name of the command, as ` sagas list` and ` saga list`; `''` is the program itself. */
  readonly places: readonly string[];
  readonly commands: readonly CompletedWord[];
  readonly options: readonly CompletedOption[];
  /** The words that the arguments may have; `files` where an argument is a file. */
  readonly argument: CompletedValue | undefined;
}

export function completedCommands(program: Command): readonly CompletedCommand[] {
  return commandsFrom(program, ['']);
}

function commandsFrom(command: Command, places: readonly string[]): readonly CompletedCommand[] {
  const own: CompletedCommand = {
    places,
    commands: command.commands.flatMap((each) =>
      namesOf(each).map((word) => ({ word, description: firstLine(each.description()) })),
    ),
    options: [
      ...command.options.flatMap(completedOption),
      { word: '--help', description: 'display help for command', value: undefined },
    ],
    argument: argumentOf(command),
  };
  const inner = command.commands.flatMap((each) =>
    commandsFrom(
      each,
      places.flatMap((place) => namesOf(each).map((name) => `${place} ${name}`)),
    ),
  );
  return [own, ...inner];
}

function namesOf(command: Command): readonly string[] {
  return [command.name(), ...command.aliases()];
}

function completedOption(option: Option): readonly CompletedOption[] {
  const { long, description } = option;
  if (long === undefined || long === null) return [];
  return [{ word: long, description: firstLine(description), value: valueIn(option) }];
}

function valueIn({ flags, argChoices, required, optional }: Option): CompletedValue | undefined {
  if (!required && !optional) return undefined;
  if (argChoices !== undefined) return argChoices;
  return /<(file|files|folder)(\.\.\.)?>/.test(flags) ? 'files' : 'text';
}

function argumentOf({ registeredArguments }: Command): CompletedValue | undefined {
  const choices = registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  if (choices.length > 0) return choices;
  if (registeredArguments.some((argument) => /^files?$/.test(argument.name()))) return 'files';
  return registeredArguments.length > 0 ? 'text' : undefined;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
