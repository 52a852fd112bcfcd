/**
 * Output of the command: one line at a time. Warnings and errors go to standard error.
 *
 * - Texts of strangers reach the terminal: reasons, names, bodies. So control characters, which could
 *   clear the screen or hide a line, are printed as escapes. Line breaks and tabs stay.
 */

export function print(line: string): void {
  process.stdout.write(`${withEscapes(line)}\n`);
}

export function warn(line: string): void {
  printError(`warning: ${line}`);
}

export function printError(line: string): void {
  process.stderr.write(`${withEscapes(line)}\n`);
}

/** C0 without tab and line feed, DEL, C1, and the characters that change the direction of writing. */
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

export function withEscapes(text: string): string {
  return text.replace(
    controls,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
