/**
 * Distinguished names of the tree: the path of a node, leaf first, as text (`cn=pump\,
 * big,cn=objects,cn=prs`).
 *
 * Job: RFC 4514 escaping and its reverse. Boundary: knows no nodes; a path is the list of `cn`
 * values, root first.
 *
 * 1. `parseDn(formatDn(path))` is the path again, for every path of non-empty names.
 * 2. Any other text (another attribute type, a multi-valued or hex-encoded part, a dangling escape)
 *    parses to undefined.
 */

const alwaysEscaped = new Set(['"', '+', ',', ';', '<', '>', '\\']);

/** The text of a path given root first. */
export function formatDn(path: readonly string[]): string {
  return path
    .map((cn) => `cn=${escapeCn(cn)}`)
    .reverse()
    .join(',');
}

/** No character of a name of this form is escaped. */
const plainName = /^[\w-]*$/;

/** One name in the escaped form of a dn (RFC 4514 §2.4). */
export function escapeCn(cn: string): string {
  if (plainName.test(cn)) return cn;
  const characters = [...cn];
  const last = characters.length - 1;
  return characters.map((character, at) => escapeCharacter(character, at, last)).join('');
}

function escapeCharacter(character: string, at: number, last: number): string {
  if (character === '\0') return '\\00';
  const atEdge =
    (character === ' ' && (at === 0 || at === last)) || (character === '#' && at === 0);
  return atEdge || alwaysEscaped.has(character) ? `\\${character}` : character;
}

/**
 * The path of a dn, root first; undefined when the text is no dn of this tree. Type names are
 * case-insensitive.
 */
export function parseDn(dn: string): readonly string[] | undefined {
  const path: string[] = [];
  for (const part of splitUnescaped(dn)) {
    const cn = parsePart(part);
    if (cn === undefined) return undefined;
    path.push(cn);
  }
  return path.reverse();
}

/** The parts between unescaped commas. */
function splitUnescaped(dn: string): string[] {
  const parts = [''];
  for (let at = 0; at < dn.length; at += 1) {
    const taken = dn[at] === '\\' ? dn.slice(at, at + 2) : (dn[at] ?? '');
    if (taken === ',') parts.push('');
    else parts[parts.length - 1] += taken;
    at += taken.length - 1;
  }
  return parts;
}

function parsePart(part: string): string | undefined {
  // Spaces only: other white space, such as U+00A0, belongs to the name.
  const [, type, value = ''] = /^ *([A-Za-z]+) *= *(.*)$/s.exec(part) ?? [];
  if (type?.toLowerCase() !== 'cn' || value.startsWith('#')) return undefined;
  const cn = unescapeCn(trimEndUnescaped(value));
  return cn === '' ? undefined : cn;
}

/** Trailing spaces carry no meaning, except an escaped space. */
function trimEndUnescaped(value: string): string {
  const trimmed = value.replace(/ +$/, '');
  const backslashes = /\\*$/.exec(trimmed)?.[0].length ?? 0;
  return trimmed.length < value.length && backslashes % 2 === 1 ? `${trimmed} ` : trimmed;
}

function unescapeCn(value: string): string | undefined {
  let text = '';
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] ?? '';
    if (character === '\\') {
      const protectedText = readEscape(value, at);
      if (protectedText === undefined) return undefined;
      text += protectedText.text;
      at += protectedText.length - 1;
    } else if (alwaysEscaped.has(character)) return undefined;
    else text += character;
  }
  return text;
}

/** A run of `\XX` is the UTF-8 form of characters; any other escape protects one character. */
function readEscape(value: string, at: number): { text: string; length: number } | undefined {
  const hex = /^(?:\\[0-9A-Fa-f]{2})+/.exec(value.slice(at))?.[0];
  if (hex !== undefined)
    return {
      text: Buffer.from(hex.replaceAll('\\', ''), 'hex').toString('utf8'),
      length: hex.length,
    };
  const character = value[at + 1];
  return character !== undefined && /["+,;<>\\ #=]/.test(character)
    ? { text: character, length: 2 }
    : undefined;
}
