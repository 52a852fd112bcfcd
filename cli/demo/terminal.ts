/** The demo's output: headings and indented lines, none wider than `columns`. */

export const columns = 100;

const indent = '  ';

export class Terminal {
  readonly #print: (line: string) => void;
  #isEmpty = true;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** An empty line stands before every heading but the first. */
  heading(text: string): void {
    if (!this.#isEmpty) this.#print('');
    this.#isEmpty = false;
    for (const line of wrapped(text, columns)) this.#print(line);
  }

  say(text: string): void {
    this.#lines(text, '');
  }

  /** `label` stands before the text; further lines of the text are indented as wide. */
  labelled(label: string, text: string): void {
    this.#lines(text, label);
  }

  #lines(text: string, label: string): void {
    const rest = ' '.repeat(label.length);
    const lines = wrapped(text, columns - indent.length - label.length);
    for (const [index, line] of lines.entries())
      this.#print(`${indent}${index === 0 ? label : rest}${line}`);
  }
}

/**
 * The text as lines of at most `width` characters, broken at spaces. A longer word keeps a line for
 * itself.
 */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
