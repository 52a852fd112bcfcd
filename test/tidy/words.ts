/**
 * Words and constructs that have no place in this code base, each with its replacement.
 *
 * Job: pure functions from a file to its findings.
 * Boundary: searches code, names and comments, never the text of strings. The compiler checks
 * types, Biome checks the format.
 */
import type { ProjectFile } from './project-files.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Searched in: the code (default), or the comments. */
  readonly where?: 'code' | 'comments';
  /** The files that may use the word. */
  readonly except?: (path: string) => boolean;
}

interface Metaphor {
  readonly word: string;
  readonly forms: readonly string[];
  readonly instead: string;
  /** The word in front of which the metaphor is a term of the field. */
  readonly unless?: string;
}

const named = 'name the file or value after the one concept it holds';

/** Parts of identifiers and file names. */
const bannedWords: ReadonlyMap<string, string> = new Map([
  ['util', named],
  ['utils', named],
  ['helper', named],
  ['helpers', named],
  ['common', named],
  ['misc', named],
  ['manager', 'use the noun of the field: journal, relay, registry, supervisor'],
]);

/**
 * Metaphors in identifiers and file names, each with its inflections and the word of the field. A
 * newcomer has to learn every metaphor. `deadLetter` is a word of the field; `letter` alone is not.
 */
const metaphors: readonly Metaphor[] = [
  { word: 'door', forms: ['door', 'doors'], instead: 'control socket, entry point' },
  { word: 'knock', forms: ['knock', 'knocks', 'knocked'], instead: 'request, connection' },
  { word: 'desk', forms: ['desk', 'desks'], instead: 'commands, or the service itself' },
  { word: 'bury', forms: ['bury', 'buries', 'buried'], instead: 'dead letter, tombstone' },
  { word: 'grave', forms: ['grave', 'graves'], instead: 'dead letter, tombstone' },
  { word: 'shelf', forms: ['shelf', 'shelves'], instead: 'table, index' },
  { word: 'theatre', forms: ['theatre', 'theatres'], instead: 'servers and processes of the demo' },
  { word: 'letter', forms: ['letter', 'letters'], instead: 'deadLetter', unless: 'dead' },
  { word: 'yard', forms: ['yard', 'yards'], instead: 'services, world' },
];

/** Names that other packages define. */
const foreignNames = new Set([
  'EntityManager',
  'SqlEntityManager',
  'entityManager',
  'getEntityManager',
]);

/** Names that other packages define, by the file that has them. */
const foreignNamesIn: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['runtime/ethereum/ethereumjs.ts', new Set(['common', 'createCustomCommon', 'stateManager'])],
]);

const ownsTimeAndChance = (path: string) =>
  path === 'runtime/ports/clock.ts' ||
  path === 'runtime/ports/ids.ts' ||
  path === 'runtime/ports/chance.ts' ||
  // Runs in a browser, without the ports of the runtime.
  path.startsWith('edge/inspector/page/') ||
  path.startsWith('test/support/');
const clock = 'use the Clock port (runtime/ports/clock.ts)';
const ids = 'use the Ids port (runtime/ports/ids.ts)';

const bans: readonly Ban[] = [
  { pattern: /\bas any\b/g, instead: 'narrow the type, or cast to the type it has' },
  { pattern: /:\s*any\b/g, instead: 'use unknown and narrow it' },
  { pattern: /\.only\(/g, instead: 'name the file on the command line' },
  { pattern: /\benum\s+\w+\s*\{/g, instead: 'use a union of string literals' },
  { pattern: /\bnamespace\s+\w+\s*\{/g, instead: 'use a module' },
  { pattern: /^\s*@\w+/gm, instead: 'call the function; decorators are not erasable' },
  { pattern: /\bexport\s+\*/g, instead: 'list the exports by name' },
  {
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/g,
    instead: 'do it now, or open an issue',
    where: 'comments',
  },
  { pattern: /\bDate\.now\b/g, instead: clock, except: ownsTimeAndChance },
  { pattern: /\bnew Date\(\s*\)/g, instead: clock, except: ownsTimeAndChance },
  { pattern: /\b(?:setTimeout|setInterval)\b/g, instead: clock, except: ownsTimeAndChance },
  { pattern: /\bMath\.random\b/g, instead: ids, except: ownsTimeAndChance },
  { pattern: /\brandomUUID\b/g, instead: ids, except: ownsTimeAndChance },
];

/** `path:line: finding: replacement` for each finding. */
export function wordFindings(file: ProjectFile): string[] {
  return [
    ...bans.flatMap((ban) => banFindings(file, ban)),
    ...identifierFindings(file),
    ...fileNameFindings(file.path),
  ];
}

function banFindings(file: ProjectFile, ban: Ban): string[] {
  if (ban.except?.(file.path)) return [];
  const matches = [...file[ban.where ?? 'code'].matchAll(ban.pattern)];
  return matches.map(
    (match) => `${file.path}:${lineOf(file.text, match.index)}: ${match[0].trim()}: ${ban.instead}`,
  );
}

function identifierFindings(file: ProjectFile): string[] {
  const matches = [...file.code.matchAll(/[A-Za-z_$][\w$]*/g)].filter(
    (match) => !foreignNames.has(match[0]) && !foreignNamesIn.get(file.path)?.has(match[0]),
  );
  return matches.flatMap((match) => {
    const banned = wordsOf(match[0]).find((word) => bannedWords.has(word));
    return banned === undefined
      ? []
      : [`${file.path}:${lineOf(file.text, match.index)}: ${match[0]}: ${bannedWords.get(banned)}`];
  });
}

function fileNameFindings(path: string): string[] {
  const banned = path
    .split(/[/.]/)
    .flatMap(wordsOf)
    .filter((word) => bannedWords.has(word));
  return banned.map((word) => `${path}: ${word}: ${bannedWords.get(word)}`);
}

/**
 * From `path: metaphor` to an example and the replacement, for each metaphor in a name of the file.
 */
export function metaphorsIn({ path, code }: ProjectFile): Map<string, string> {
  const names = [...path.split(/[/.]/), ...(code.match(/[A-Za-z_$][\w$]*/g) ?? [])];
  const found = new Map<string, string>();
  for (const name of new Set(names)) {
    for (const metaphor of metaphors.filter((each) => usesMetaphor(name, each))) {
      found.set(`${path}: ${metaphor.word}`, `in ${name}; say: ${metaphor.instead}`);
    }
  }
  return found;
}

function usesMetaphor(name: string, { forms, unless }: Metaphor): boolean {
  const words = wordsOf(name);
  return words.some(
    (word, index) => forms.includes(word) && (unless === undefined || words[index - 1] !== unless),
  );
}

/** `readHTTPBody` and `read-http-body` are both read, http, body. */
function wordsOf(name: string): string[] {
  const spaced = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return spaced.toLowerCase().split(/[^a-z\d]+/);
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
