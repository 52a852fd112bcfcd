/**
 * The completion of a shell as a script, from the commands. Pure.
 *
 * - no call back: a script knows all words, so completing never starts the command.
 */
import type { CompletedCommand, CompletedValue, CompletedWord } from './completion-tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands);
    case 'zsh':
      return zshScript(commands);
    case 'fish':
      return fishScript(commands);
    default:
      return shell satisfies never;
  }
}

/** Quoted for a shell: within single quotes, only a single quote ends the text. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The names of all commands but the program, as patterns of `case`. */
function placesOf(commands: readonly CompletedCommand[]): readonly string[] {
  return commands.flatMap(({ places }) => places).filter((place) => place !== '');
}

/** A branch of `case` for each option with a value: `<place>:<option>`. */
function valueBranches(
  commands: readonly CompletedCommand[],
  how: (value: CompletedValue) => string,
): readonly string[] {
  return commands.flatMap(({ places, options }) =>
    options.flatMap(({ word, value }) =>
      value === undefined
        ? []
        : [`    ${places.map((place) => quoted(`${place}:${word}`)).join('|')}) ${how(value)} ;;`],
    ),
  );
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const reply = (value: CompletedValue) =>
    value === 'files'
      ? 'COMPREPLY=($(compgen -f -- "$current")); return'
      : value === 'text'
        ? 'return'
        : `COMPREPLY=($(compgen -W ${quoted(value.join(' '))} -- "$current")); return`;
  return `# bash completion of unanimous; made by \`unanimous completion bash\`
_unanimous() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local place='' files='' found='' word index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$place $word" in
      ${placesOf(commands).map(quoted).join('|')}) place="$place $word" ;;
    esac
  done
  case "$place:$previous" in
${valueBranches(commands, reply).join('\n')}
  esac
  case "$place" in
${commands.map(bashBranch).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$found" -- "$current"))
  if [[ $files && $current != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _unanimous unanimous
`;
}

function bashBranch({ places, argument, ...command }: CompletedCommand): string {
  const found = wordsOf({ argument, ...command }).map(({ word }) => word);
  const files = argument === 'files' ? ' files=1' : '';
  return `    ${places.map(quoted).join('|')}) found=${quoted(found.join(' '))}${files} ;;`;
}

/** Everything that may come next, without files and free texts. */
function wordsOf({
  commands,
  options,
  argument,
}: Omit<CompletedCommand, 'places'>): readonly CompletedWord[] {
  const choices = Array.isArray(argument) ? argument : [];
  return [...commands, ...choices.map((word) => ({ word, description: '' })), ...options];
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const reply = (value: CompletedValue) =>
    value === 'files'
      ? '_files; return'
      : value === 'text'
        ? 'return'
        : `compadd -- ${value.map(quoted).join(' ')}; return`;
  return `#compdef unanimous
# zsh completion of unanimous; made by \`unanimous completion zsh\`
_unanimous() {
  local place='' files='' word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
      (${placesOf(commands).map(quoted).join('|')}) place="$place $word" ;;
    esac
  done
  case "$place:\${words[CURRENT-1]}" in
${valueBranches(commands, reply)
  .map((branch) => branch.replace(/^ {4}/, '    ('))
  .join('\n')}
  esac
  case "$place" in
${commands.map(zshBranch).join('\n')}
  esac
  _describe -t words unanimous found
  if [[ -n $files ]]; then _files; fi
}
if [[ $funcstack[1] = _unanimous ]]; then _unanimous "$@"; else compdef _unanimous unanimous; fi
`;
}

/** In the words of \`_describe\` a colon separates a word from its description. */
function zshBranch({ places, argument, ...command }: CompletedCommand): string {
  const found = wordsOf({ argument, ...command }).map(({ word, description }) =>
    quoted(`${word.replaceAll(':', '\\:')}:${description}`),
  );
  const files = argument === 'files' ? '; files=1' : '';
  return `    (${places.map(quoted).join('|')}) found=(${found.join(' ')})${files} ;;`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  return `# fish completion of unanimous; made by \`unanimous completion fish\`
function __unanimous_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    switch "$place $word"
      case ${placesOf(commands).map(fishQuoted).join(' ')}
        set place "$place $word"
    end
  end
  contains -- "$place" $argv
end
complete -c unanimous -f
${commands.flatMap(fishLines).join('\n')}
`;
}

function fishLines({ places, commands, options, argument }: CompletedCommand): readonly string[] {
  const condition = fishQuoted(`__unanimous_at ${places.map((place) => `"${place}"`).join(' ')}`);
  const at = `complete -c unanimous -n ${condition}`;
  const choices = Array.isArray(argument) ? [`${at} -a ${fishQuoted(argument.join(' '))}`] : [];
  return [
    ...commands.map(
      ({ word, description }) => `${at} -a ${fishQuoted(word)} -d ${fishQuoted(description)}`,
    ),
    ...choices,
    ...(argument === 'files' ? [`${at} -F`] : []),
    ...options.map(
      ({ word, description, value }) =>
        `${at} -l ${word.slice(2)}${fishValue(value)} -d ${fishQuoted(description)}`,
    ),
  ];
}

function fishValue(value: CompletedValue | undefined): string {
  if (value === undefined) return '';
  if (value === 'files') return ' -r -F';
  return value === 'text' ? ' -x' : ` -x -a ${fishQuoted(value.join(' '))}`;
}

/** fish takes a backslash in single quotes for an escape. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
