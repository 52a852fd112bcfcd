/**
 * An actor as a journal stores it: its rows, as a value. A commit makes new rows by the rules of
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

/** The rows of an actor before its first message. */
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
  const { record, timers, timersEnded, activities, activitiesEnded } = commit;
  return {
    version: record === null ? 0 : rows.version + 1,
    record: record && { ...record, family: JSON.parse(JSON.stringify(record.family)) },
    inbox: inboxAfter(rows, commit),
    asks: openAsks(rows, commit),
    timers: [...without(rows.timers, timersEnded), ...timers],
    activities: [...without(rows.activities, activitiesEnded), ...activities],
  };
}

function inboxAfter(rows: ActorRows, { inbox, answers }: TurnCommit): ActorRows['inbox'] {
  const after = new Map(rows.inbox);
  for (const entry of inbox) after.set(entry.messageId, entry);
  for (const { messageId, answer } of answers) {
    const entry = after.get(messageId);
    if (entry !== undefined) after.set(messageId, { ...entry, answer });
  }
  return after;
}

/** A question waits for further answers until its asker ends. */
function openAsks(rows: ActorRows, { record, asks, askersEnded }: TurnCommit): readonly AskRow[] {
  if (record?.status !== 'active') return [];
  const again = new Set(asks.map(({ correlationId }) => correlationId));
  const isOpen = ({ correlationId, asker }: AskRow) =>
    !again.has(correlationId) && (asker === undefined || !askersEnded.includes(asker));
  return [...rows.asks.filter(isOpen), ...asks];
}

function without<Row extends { readonly token: string }>(
  rows: readonly Row[],
  tokens: readonly string[],
): readonly Row[] {
  return tokens.length === 0 ? rows : rows.filter(({ token }) => !tokens.includes(token));
}
