/**
 * One actor as a journal stores it: its rows, as a value. A commit makes new rows by the rules of
 * the journal.
 */
import type {
  ActivityRow,
  ActorRecord,
  AskRow,
  InboxEntry,
  TimerRow,
  TurnCommit,
} from '../../runtime/ports/journal-rows.ts';

export interface ActorRows {
  /** 0: there is no record. */
  readonly version: number;
  readonly record: ActorRecord | null;
  /** By message id. */
  readonly inbox: ReadonlyMap<string, InboxEntry>;
  /** Questions that wait for their answers. */
  readonly asks: readonly AskRow[];
  readonly timers: readonly Pick<TimerRow, 'token' | 'dueAtMs'>[];
  readonly activities: readonly Pick<ActivityRow, 'token' | 'kind'>[];
}

/** The rows of an actor that has never been there. */
export const noRows: ActorRows = {
  version: 0,
  record: null,
  inbox: new Map(),
  asks: [],
  timers: [],
  activities: [],
};

/** The rows after a commit. The record has passed through JSON, as in a database. */
export function afterCommit(rows: ActorRows, commit: TurnCommit): ActorRows {
  const { record, inbox, answers } = commit;
  const entries = [...inbox, ...answers].map((entry) => [entry.messageId, entry] as const);
  const { timers, timersEnded, activities, activitiesEnded } = commit;
  return {
    version: record === null ? 0 : rows.version + 1,
    record: record && { ...record, family: JSON.parse(JSON.stringify(record.family)) },
    inbox: new Map([...rows.inbox, ...entries]),
    asks: openAsks(rows, commit),
    timers: [...without(rows.timers, timersEnded), ...timers],
    activities: [...without(rows.activities, activitiesEnded), ...activities],
  };
}

/** A question waits for further answers until its actor ends. */
function openAsks(rows: ActorRows, { record, asks }: TurnCommit): readonly AskRow[] {
  if (record?.status !== 'active') return [];
  const again = new Set(asks.map(({ correlationId }) => correlationId));
  return [...rows.asks.filter(({ correlationId }) => !again.has(correlationId)), ...asks];
}

function without<Row extends { readonly token: string }>(
  rows: readonly Row[],
  tokens: readonly string[],
): readonly Row[] {
  return tokens.length === 0 ? rows : rows.filter(({ token }) => !tokens.includes(token));
}
