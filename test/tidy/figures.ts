/**
 * The figures of the project beside their goals: sizes, casts, imports, width, documents, language.
 *
 * Job: measure the given files and the two documents.
 * Boundary: `sizes.ts` prints the figures; `house.test.ts` compares the figures with ceilings.
 *
 * - Unless its label names a folder, a figure covers the product: all files outside `test/`.
 * - A density counts all lines of a file, also blank lines and comments.
 */
import { readFileSync } from 'node:fs';
import { projectRoot } from '../support/project-root.ts';
import { functionsOf, type Sized } from './functions.ts';
import { arrowCount, circlesOf, fileGraph, floorCount, folderGraph } from './import-graph.ts';
import { pointingWordsIn, sumOf, type WordCount } from './pointing-words.ts';
import type { ProjectFile } from './project-files.ts';

/** The longest line, file and function that are not counted as long. */
const widthMax = 100;
const fileLinesMax = 300;
const functionLinesMax = 70;

/** Percentages and densities have two decimals; the other figures are whole numbers. */
export interface Figures {
  readonly files: number;
  readonly longFiles: number;
  readonly functions: number;
  readonly medianFunctionLines: number;
  readonly longestFunctionLines: number;
  readonly longFunctions: number;
  readonly castsPer1000Lines: number;
  readonly actorCastsPer1000Lines: number;
  readonly packingSpreads: number;
  readonly folderFloors: number;
  readonly folderArrows: number;
  readonly fileFloors: number;
  readonly fileArrows: number;
  readonly folderCircles: number;
  readonly fileCircles: number;
  readonly wideLinesPercent: number;
  readonly wideTestLinesPercent: number;
  readonly readmeLines: number;
  readonly architectureLines: number;
  readonly pointingWordsPer100: number;
  readonly questionWordsPer100: number;
  readonly testPointingWordsPer100: number;
}

/** The meaning of a figure and its goal. */
export interface Goal {
  readonly label: string;
  readonly atMost?: number;
}

export const goals: Readonly<Record<keyof Figures, Goal>> = {
  files: { label: 'files' },
  longFiles: { label: `files over ${fileLinesMax} lines` },
  functions: { label: 'functions' },
  medianFunctionLines: { label: 'median function, lines' },
  longestFunctionLines: { label: 'longest function, lines', atMost: functionLinesMax },
  longFunctions: { label: `functions over ${functionLinesMax} lines`, atMost: 0 },
  castsPer1000Lines: { label: 'casts per 1000 lines', atMost: 5 },
  actorCastsPer1000Lines: { label: 'casts per 1000 lines of actors/', atMost: 8 },
  packingSpreads: { label: 'spreads of a literal (`...{`)', atMost: 0 },
  folderFloors: { label: 'floors of folders' },
  folderArrows: { label: 'arrows between folders' },
  fileFloors: { label: 'floors of files' },
  fileArrows: { label: 'arrows between files' },
  folderCircles: { label: 'circles of folders', atMost: 0 },
  fileCircles: { label: 'circles of files, types included', atMost: 0 },
  wideLinesPercent: { label: `lines over ${widthMax} wide, %`, atMost: 1.9 },
  wideTestLinesPercent: { label: `lines of test/ over ${widthMax} wide, %`, atMost: 1.9 },
  readmeLines: { label: 'README.md, lines', atMost: 200 },
  architectureLines: { label: 'ARCHITECTURE.md, lines', atMost: 150 },
  pointingWordsPer100: { label: 'pointing words per 100 of comment' },
  questionWordsPer100: { label: 'what, who, whoever … per 100' },
  testPointingWordsPer100: { label: 'pointing words per 100 in test/' },
};

export function figuresOf(all: readonly ProjectFile[]): Figures {
  const isTest = ({ path }: ProjectFile) => path.startsWith('test/');
  const product = all.filter((file) => !isTest(file));
  const tests = all.filter(isTest);
  const actors = product.filter(({ path }) => path.startsWith('actors/'));
  return {
    ...sizeFigures(product),
    castsPer1000Lines: per(1000, castCount(product), lineCount(product)),
    actorCastsPer1000Lines: per(1000, castCount(actors), lineCount(actors)),
    packingSpreads: matchCount(product, /\.\.\.\{/g),
    ...importFigures(product),
    wideLinesPercent: widePercent(product),
    wideTestLinesPercent: widePercent(tests),
    readmeLines: linesOf(document('README.md')).length,
    architectureLines: linesOf(document('ARCHITECTURE.md')).length,
    ...languageFigures(product, tests),
  };
}

/** Longest first. */
export function sizedFiles(files: readonly ProjectFile[]): Sized[] {
  const sized = files.map(({ path, text }) => ({ name: path, lines: linesOf(text).length }));
  return sized.sort(longestFirst);
}

/** Longest first. */
export function sizedFunctions(files: readonly ProjectFile[]): Sized[] {
  return files.flatMap(functionsOf).sort(longestFirst);
}

export interface PointingFile extends WordCount {
  readonly path: string;
  readonly per100: number;
}

/**
 * The file with the highest density first. Leaves out files with less than `wordsMin` words of
 * comment.
 */
export function pointingFiles(files: readonly ProjectFile[], wordsMin = 60): PointingFile[] {
  const counted = files.map(({ path, comments }) => {
    const count = pointingWordsIn(comments);
    return { path, ...count, per100: per(100, count.pointing, count.words) };
  });
  return counted
    .filter(({ words }) => words >= wordsMin)
    .sort((a, b) => b.per100 - a.per100 || b.words - a.words);
}

function sizeFigures(product: readonly ProjectFile[]) {
  const files = sizedFiles(product);
  const functions = sizedFunctions(product);
  return {
    files: files.length,
    longFiles: files.filter(({ lines }) => lines > fileLinesMax).length,
    functions: functions.length,
    medianFunctionLines: functions[Math.floor(functions.length / 2)]?.lines ?? 0,
    longestFunctionLines: functions[0]?.lines ?? 0,
    longFunctions: functions.filter(({ lines }) => lines > functionLinesMax).length,
  };
}

function importFigures(product: readonly ProjectFile[]) {
  const files = fileGraph(product);
  const folders = folderGraph(product);
  return {
    folderFloors: floorCount(folders),
    folderArrows: arrowCount(folders),
    fileFloors: floorCount(files),
    fileArrows: arrowCount(files),
    folderCircles: circlesOf(folders).length,
    fileCircles: circlesOf(files).length,
  };
}

function languageFigures(product: readonly ProjectFile[], tests: readonly ProjectFile[]) {
  const count = sumOf(product.map(({ comments }) => pointingWordsIn(comments)));
  const inTests = sumOf(tests.map(({ comments }) => pointingWordsIn(comments)));
  return {
    pointingWordsPer100: per(100, count.pointing, count.words),
    questionWordsPer100: per(100, count.questions, count.words),
    testPointingWordsPer100: per(100, inTests.pointing, inTests.words),
  };
}

/** Counts `as` behind an expression, but neither `as const` nor renaming in imports and exports. */
export function castCount(files: readonly ProjectFile[]): number {
  const withoutNames = files.map((file) => ({
    ...file,
    code: file.code
      .replace(/\b(?:import|export)\b[^;'"`]*?\bfrom\b/g, '')
      .replace(/\bexport\s*(?:type\s*)?\{[^}]*\}/g, ''),
  }));
  return matchCount(withoutNames, /[\w$)\]}'"`>]\s+as\s+(?!const\b)[\w({['"`]/g);
}

function matchCount(files: readonly ProjectFile[], pattern: RegExp): number {
  return files.reduce((sum, { code }) => sum + [...code.matchAll(pattern)].length, 0);
}

function widePercent(files: readonly ProjectFile[]): number {
  const lines = files.flatMap(({ text }) => linesOf(text));
  return per(100, lines.filter((line) => line.length > widthMax).length, lines.length);
}

function lineCount(files: readonly ProjectFile[]): number {
  return files.reduce((sum, { text }) => sum + linesOf(text).length, 0);
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

function document(path: string): string {
  return readFileSync(`${projectRoot}${path}`, 'utf8');
}

function per(unit: number, count: number, of: number): number {
  return of === 0 ? 0 : Math.round((count / of) * unit * 100) / 100;
}

function longestFirst(a: Sized, b: Sized): number {
  return b.lines - a.lines || a.name.localeCompare(b.name);
}
