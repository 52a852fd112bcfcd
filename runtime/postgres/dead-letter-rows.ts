/**
 * Dead letters as rows of `dead_letters`: one row per message, with the number of times that it
 * became a dead letter.
 */
import {
  type DeadLetter,
  deadLetterIdentity,
  type StoredDeadLetter,
} from '../ports/dead-letter.ts';
import { identityOf } from '../ports/identity.ts';

export interface DeadLetterRow {
  readonly id: string;
  readonly service: string;
  readonly identity: string;
  readonly at_ms: number;
  readonly count: number;
  readonly dead_letter: DeadLetter;
}

/** A row as the statements of `dead-letter-statements.ts` return it. */
export type FoundDeadLetter = Pick<
  StoredDeadLetter,
  'id' | 'firstAtMs' | 'lastAtMs' | 'count' | 'replayRequested'
> & { readonly deadLetter: DeadLetter };

/**
 * One statement cannot change a row twice, so dead letters of one message become one row. The last
 * reason counts.
 */
export function deadLetterRows(deadLetters: readonly DeadLetter[]): readonly DeadLetterRow[] {
  const rows = new Map<string, DeadLetterRow>();
  for (const deadLetter of deadLetters) {
    const identity = deadLetterIdentity(deadLetter);
    const key = identityOf(deadLetter.service, identity);
    const earlier = rows.get(key);
    rows.set(key, {
      id: earlier?.id ?? deadLetter.id,
      service: deadLetter.service,
      identity,
      at_ms: deadLetter.atMs,
      count: (earlier?.count ?? 0) + 1,
      dead_letter: deadLetter,
    });
  }
  // In the same order in all transactions, so that two of them never wait for each other.
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

export function storedDeadLetter({ deadLetter, ...row }: FoundDeadLetter): StoredDeadLetter {
  const { atMs: _, ...unhandled } = deadLetter;
  return { ...unhandled, ...row };
}

/**
 * The statement that adds the rows of the JSON list `rows`. A dead letter that is added again loses
 * its mark for a replay.
 */
export function addDeadLetters(schema: string, rows: string): string {
  return `insert into ${schema}.dead_letters as t
      (id, service, identity, at_ms, first_at_ms, count, dead_letter)
      select id, service, identity, at_ms, at_ms, count, dead_letter
      from json_to_recordset(${rows}) as r(id text, service text, identity text,
        at_ms double precision, count integer, dead_letter json)
      on conflict (service, identity) do update set at_ms = excluded.at_ms,
        count = t.count + excluded.count, dead_letter = excluded.dead_letter,
        replay_at_ms = null, replay_instance = null`;
}
