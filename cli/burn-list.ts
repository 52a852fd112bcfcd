/**
 * The cards of `cards burn`: a file with one JSON text a line, and a record of the ends beside it.
 *
 * - once: a card that the record names as done or partly done is not asked for again. A line of the
 *   record is written before the end is counted, so a crash forgets at most ends, and the service
 *   answers a repeated deletion as before.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { isJsonObject } from '../config/json.ts';
import { errorText, Refused } from '../runtime/ports/errors.ts';

export type BurnedCard = { readonly id: string; readonly owner: string };

/** `partly`: the card is gone, and a file of the card is not removed, or is not removed yet. */
export type BurnOutcome = 'done' | 'partly' | 'failed';

export type BurnEnd = {
  readonly id: string;
  readonly outcome: BurnOutcome;
  readonly note?: string;
};

/**
 * The cards of the text, each once. `owner`: of a line without an owner.
 * @throws Refused `bad-message` that names the first wrong line
 */
export function cardsIn(text: string, owner: string | undefined): readonly BurnedCard[] {
  const cards = new Map<string, BurnedCard>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const card = cardIn(line, owner);
    if (typeof card === 'string') throw new Refused('bad-message', `line ${index + 1}: ${card}`);
    if (!cards.has(card.id)) cards.set(card.id, card);
  }
  return [...cards.values()];
}

/** The card of a line, or the reason why the line names none. */
function cardIn(line: string, ownerOfAll: string | undefined): BurnedCard | string {
  const value = parsed(line);
  const { id, owner = ownerOfAll }: { readonly id?: unknown; readonly owner?: unknown } =
    isJsonObject(value) ? value : { id: value };
  if (typeof id !== 'string' || id === '')
    return `found ${line.slice(0, 100)}; allowed is "<id>" or {"id": "…", "owner": "…"}`;
  if (typeof owner !== 'string' || owner === '')
    return `the card '${id}' has no owner; name it in the line or with --owner`;
  return { id, owner };
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

  /** A last line without its end, of a run that crashed while it wrote, is left out. */
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
