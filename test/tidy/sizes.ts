/**
 * The sizes of the product as a report, never a failure: `npm run sizes`.
 *
 * Boundary: relies on Biome's layout (a body closes at the indentation its head has); a function on one line counts as 1.
 */
import { type ProjectFile, projectFiles } from './project-files.ts';

interface Sized {
  readonly name: string;
  readonly lines: number;
}

const shown = 10;
const longFunctionLines = 30;
const longFileLines = 300;

report(projectFiles().filter(({ path }) => !path.startsWith('test/')));

function report(files: readonly ProjectFile[]): void {
  const sizes = files
    .map(({ path, text }) => ({ name: path, lines: text.split('\n').length - 1 }))
    .sort(largestFirst);
  const functions = files.flatMap(functionsOf).sort(largestFirst);
  const median = functions[Math.floor(functions.length / 2)]?.lines ?? 0;
  print(`${sizes.length} files, ${over(sizes, longFileLines)} over ${longFileLines} lines`, sizes);
  print(
    `${functions.length} functions, median ${median} lines, ${over(functions, longFunctionLines)} over ${longFunctionLines}`,
    functions,
  );
}

function print(title: string, sized: readonly Sized[]): void {
  const rows = sized
    .slice(0, shown)
    .map(({ name, lines }) => `${String(lines).padStart(6)}  ${name}`);
  process.stdout.write(`${[title, ...rows].join('\n')}\n`);
}

/** Line by line: a line that opens a body, up to the first one after it that closes at the same indentation. */
function functionsOf({ path, code }: ProjectFile): Sized[] {
  const lines = code.split('\n');
  return lines.flatMap((line, index) => {
    if (isOneLineFunction(line)) return [{ name: `${path}:${index + 1}`, lines: 1 }];
    if (!opensBody(line)) return [];
    const start = headOf(lines, index);
    return [{ name: `${path}:${start + 1}`, lines: closingOf(lines, index) - start + 1 }];
  });
}

function opensBody(line: string): boolean {
  if (
    !line.trimEnd().endsWith('{') ||
    /^\s*(?:\} )?(?:if|for|while|switch|else|catch|try|do|finally)\b/.test(line)
  )
    return false;
  return (
    /=>\s*\{\s*$/.test(line) ||
    /\bfunction\b/.test(line) ||
    /^\s*(?:[\w#*]+\s)*[\w#$]+(?:<.*>)?\(.*\)(?::.*)?\s*\{\s*$/.test(line) ||
    /^\s*\)(?::.*)?\s*\{\s*$/.test(line)
  );
}

function isOneLineFunction(line: string): boolean {
  return /^\s*(?:export )?(?:const \w+ = .*=> |function \w+.*\{ ).*;\s*\}?\s*$/.test(line);
}

/** Where a head that is broken over several lines begins. */
function headOf(lines: readonly string[], index: number): number {
  if (!/^\s*\)/.test(lines[index] ?? '')) return index;
  const indent = indentOf(lines[index]);
  let head = index - 1;
  while (head > 0 && (indentOf(lines[head]) > indent || lines[head]?.trim() === '')) head -= 1;
  return head;
}

function closingOf(lines: readonly string[], index: number): number {
  const indent = indentOf(lines[index]);
  const offset = lines
    .slice(index + 1)
    .findIndex((line) => line.trimStart().startsWith('}') && indentOf(line) <= indent);
  return offset < 0 ? index : index + 1 + offset;
}

function indentOf(line = ''): number {
  return line.length - line.trimStart().length;
}

function over(sized: readonly Sized[], limit: number): number {
  return sized.filter(({ lines }) => lines > limit).length;
}

function largestFirst(a: Sized, b: Sized): number {
  return b.lines - a.lines;
}
