/** Dead letters as rows: one a message, however often it was buried. */
import {
  type DeadLetter,
  deadLetterIdentity,
  type StoredDeadLetter,
} from '../ports/dead-letter.ts';

export interface DeadLetterRow {
  readonly id: string;
  readonly service: string;
  readonly identity: string;
  readonly at_ms: number;
  readonly count: number;
  readonly letter: DeadLetter;
}

export interface StoredDeadLetterRow
  extends Pick<StoredDeadLetter, 'id' | 'firstAtMs' | 'lastAtMs' | 'count' | 'replayRequested'> {
  readonly letter: DeadLetter;
}

/** One statement cannot touch a row twice, so those of one message are counted here; the last one says why. */
export function deadLetterRows(letters: readonly DeadLetter[]): readonly DeadLetterRow[] {
  const rows = new Map<string, DeadLetterRow>();
  for (const letter of letters) {
    const { service, atMs } = letter;
    const identity = deadLetterIdentity(letter);
    const earlier = rows.get(`${service} ${identity}`);
    const { id, count } = earlier ?? { id: letter.id, count: 0 };
    rows.set(`${service} ${identity}`, {
      id,
      service,
      identity,
      at_ms: atMs,
      count: count + 1,
      letter,
    });
  }
  return [...rows.keys()].sort().map((key) => rows.get(key) as DeadLetterRow);
}

export function storedDeadLetter({ letter, ...lying }: StoredDeadLetterRow): StoredDeadLetter {
  const { atMs: _, ...unhandled } = letter;
  return { ...unhandled, ...lying };
}

/** The statement for such rows in a JSON list named `rows`. Burying again takes away the mark of who wants it handled. */
export function addDeadLetters(schema: string, rows: string): string {
  return `insert into ${schema}.dead_letters as t (id, service, identity, at_ms, first_at_ms, count, letter)
      select id, service, identity, at_ms, at_ms, count, letter from json_to_recordset(${rows})
        as r(id text, service text, identity text, at_ms double precision, count integer, letter json)
      on conflict (service, identity) do update set at_ms = excluded.at_ms, count = t.count + excluded.count, letter = excluded.letter,
        replay_at_ms = null, replay_instance = null`;
}
