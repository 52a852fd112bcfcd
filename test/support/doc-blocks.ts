/**
 * The code blocks of the documents, and the text that each block must have.
 *
 * Job: read README.md, the other documents at the root and `docs/`; find their code blocks; compute a block's text from its file.
 * Boundary: reads files only. `test/unit/docs/` compares, `test/unit/docs/write-blocks.ts` writes, `test/integration/docs/` runs.
 *
 * The first line of a block names its language and where it is tested, e.g. ```ts file=test/unit/docs/shop/main.ts
 * 1. `file=<path>`: the block is that file.
 * 2. `part=<path>#<name>`: the block is the part of that file between `// #region <name>` and `// #endregion`.
 * 3. `run=<path>`: a shell block; that test executes its lines.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { projectRoot } from './project-root.ts';

export interface DocBlock {
  /** Path of the document from the project's root. */
  readonly document: string;
  /** Number of the block's first line of code; the first line of a document is 1. */
  readonly line: number;
  readonly language: string;
  readonly file: string | undefined;
  readonly part: { readonly path: string; readonly name: string } | undefined;
  readonly run: string | undefined;
  /** With a line feed at its end. */
  readonly text: string;
}

const atRoot = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
/** A sentence of each document that a command writes. Other tests hold such a document. */
const generatedMark = 'This file is generated from ';
const fence = /^```(\S*)([^\n]*)\n([\s\S]*?)^```/gm;

export function documentText(path: string): string {
  return readFileSync(`${projectRoot}${path}`, 'utf8');
}

/** Paths of the documents that people write, from the project's root. */
export function documents(): readonly string[] {
  const inDocs = readdirSync(`${projectRoot}docs`).filter((name) => name.endsWith('.md'));
  const paths = [...atRoot, ...inDocs.map((name) => `docs/${name}`)];
  return paths.filter(
    (path) => existsSync(`${projectRoot}${path}`) && !documentText(path).includes(generatedMark),
  );
}

export function docBlocks(document: string, text = documentText(document)): readonly DocBlock[] {
  return [...text.matchAll(fence)].map((match) => {
    const [, language = '', info = '', code = ''] = match;
    const line = text.slice(0, match.index).split('\n').length + 1;
    return { document, line, language, ...whereTested(info), text: code };
  });
}

function whereTested(info: string): Pick<DocBlock, 'file' | 'part' | 'run'> {
  const named = (key: string) => new RegExp(`(?:^|\\s)${key}=(\\S+)`).exec(info)?.[1];
  const [path, name] = named('part')?.split('#') ?? [];
  return {
    file: named('file'),
    part: path === undefined || name === undefined ? undefined : { path, name },
    run: named('run'),
  };
}

/** The text the block must have; undefined when the block names no file. Throws when its file or part is not there. */
export function testedText({ file, part }: Pick<DocBlock, 'file' | 'part'>): string | undefined {
  if (file !== undefined) return asPublished(documentText(file));
  return part === undefined ? undefined : asPublished(regionOf(part));
}

/** A user imports the package by its name. */
function asPublished(code: string): string {
  const entries = /'(?:\.\.\/)+(index|deployment|http|testing)\.ts'/g;
  return code
    .replace(entries, (_, name) => (name === 'index' ? "'unanimous'" : `'unanimous/${name}'`))
    .replace(/^\s*\/\/ biome-ignore .*\n/gm, '');
}

function regionOf({ path, name }: { readonly path: string; readonly name: string }): string {
  const region = new RegExp(`^( *)// #region ${name}\\n([\\s\\S]*?)^ *// #endregion`, 'm');
  const [, indent = '', code] = region.exec(documentText(path)) ?? [];
  if (code === undefined) throw new Error(`${path} has no region '${name}'`);
  return code.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** The document with every block as it is tested. */
export function withTestedBlocks(document: string): string {
  const text = documentText(document);
  const blocks = docBlocks(document, text);
  let index = 0;
  return text.replace(fence, (whole, language: string, info: string) => {
    const block = blocks[index] as DocBlock;
    index += 1;
    const tested = testedText(block);
    return tested === undefined ? whole : `\`\`\`${language}${info}\n${tested}\`\`\``;
  });
}
