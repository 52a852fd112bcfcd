/**
 * The cards of `cards burn`: a file with one JSON text on each line, and a second file that records
 * the ends.
 *
 * - once: a card that the record names as done or partly done is not asked for again. A line of the
 *   record is written before the end is counted. After a crash the newest lines may be missing; their
 *   cards are asked for again, and the service answers a repeated deletion as before.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { isJsonObject } from '../config/json.ts';
import { nearestName } from '../config/nearest-name.ts';
import { shown } from '../config/shown.ts';
import { errorText, Refused } from '../runtime/ports/errors.ts';

export type BurnedCard = { readonly id: string; readonly owner: string };

/** `partly`: the card is gone, and a file of the card is not removed, or is not removed yet. */
export type BurnOutcome = 'done' | 'partly' | 'failed';

export type BurnEnd = {
  readonly id: string;
  readonly outcome: BurnOutcome;
  readonly note?: string;
};

export type BurnListOptions = {
  /** The name of the list in a refusal. */
  readonly file: string;
  /** Of a line without an owner. */
  readonly owner: string | undefined;
};

/** Most wrong lines that a refusal names. */
const namedLinesMax = 20;

/**
 * The cards of the text, each once.
 * @throws Refused `bad-message` that names the wrong lines
 */
export function cardsIn(text: string, { file, owner }: BurnListOptions): readonly BurnedCard[] {
  const cards = new Map<string, BurnedCard>();
  const wrong: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const card = cardIn(line, owner);
    if (typeof card === 'string') wrong.push(`${file} line ${index + 1}: ${card}`);
    else if (!cards.has(card.id)) cards.set(card.id, card);
  }
  if (wrong.length > 0) throw new Refused('bad-message', namedLines(wrong).join('\n'));
  return [...cards.values()];
}

function namedLines(wrong: readonly string[]): readonly string[] {
  const more = wrong.length - namedLinesMax;
  return more <= 0
    ? wrong
    : [...wrong.slice(0, namedLinesMax), `and ${more} more of ${wrong.length} wrong lines`];
}

const keys = ['id', 'owner'];

/** The card of a line, or the reason why the line names none. */
function cardIn(line: string, ownerOfAll: string | undefined): BurnedCard | string {
  const value = parsed(line);
  const card = isJsonObject(value) ? value : { id: value };
  const unknown = Object.keys(card).find((key) => !keys.includes(key));
  if (unknown !== undefined) return unknownKey(unknown);
  const { id, owner = ownerOfAll }: { readonly id?: unknown; readonly owner?: unknown } = card;
  if (typeof id !== 'string' || id === '')
    return `found ${line.slice(0, 100)}; allowed is "<id>" or {"id": "…", "owner": "…"}`;
  if (typeof owner !== 'string' || owner === '')
    return `the card '${id}' has no owner; name it in the line or with --owner`;
  return { id, owner };
}

function unknownKey(key: string): string {
  const near = nearestName(key, keys);
  const meant = near === undefined ? '' : `, did you mean '${near}'?`;
  return `found the key ${shown(key)}${meant}; allowed are ${keys.join(', ')}`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The ends of earlier runs, and of this run. */
export class BurnRecord {
  readonly #path: string;
  readonly #ends: Map<string, BurnOutcome>;

  private constructor(path: string, ends: Map<string, BurnOutcome>) {
    this.#path = path;
    this.#ends = ends;
  }

  /** A last line that is cut off, because a run crashed while writing it, is left out. */
  static open(path: string): BurnRecord {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const ends = new Map<string, BurnOutcome>();
    for (const line of text.split('\n').slice(0, -1)) {
      const end = parsed(line);
      if (isJsonObject(end)) ends.set(String(end['id']), end['outcome'] as BurnOutcome);
    }
    if (text !== '' && !text.endsWith('\n')) append(path, '\n');
    return new BurnRecord(path, ends);
  }

  isOver(id: string): boolean {
    return ['done', 'partly'].includes(this.#ends.get(id) ?? 'failed');
  }

  /** @throws Refused when the record cannot be written */
  note(end: BurnEnd): void {
    append(this.#path, `${JSON.stringify(end)}\n`);
    this.#ends.set(end.id, end.outcome);
  }
}

function append(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (cause) {
    const reason = `the record '${path}' cannot be written: ${errorText(cause)}`;
    throw new Refused('not-permitted', reason, { cause });
  }
}
