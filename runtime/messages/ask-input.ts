/**
 * The inputs that bring an answer, or the news that nobody can be reached, to the machine that
 * asked.
 *
 * Invariants:
 * - Nobody waits any more: when the actor, or the machine in it, has ended or does not take the
 *   event, nothing happens.
 */
import type { Draft } from '../ports/draft.ts';
import type { AskRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { RoutedInput } from './input.ts';
import { type MessageInfo, messageMembers } from './message-events.ts';

/** A question that waits for its answer. */
export interface OpenQuestion {
  readonly row: AskRow;
  /** Known from a live actor of this process; the journal was not asked. */
  readonly remembered: boolean;
}

/** `message`: the answer's properties, without an identity and without a reply address. */
export function answerInput(
  { row, remembered }: OpenQuestion,
  answer: Json,
  message: MessageInfo,
): Draft<RoutedInput> {
  const { event: type, about = null } = row;
  return askInput(row, remembered, { type, answer, about, $: messageMembers(message) });
}

/** The question came back: no queue takes it. */
export function unroutableInput({ row, remembered }: OpenQuestion): Draft<RoutedInput> {
  const { about = null } = row;
  const type = `${row.event}.unroutable`;
  return askInput(row, remembered, { type, answer: null, about, $: { message: null } });
}

function askInput(
  { address, path, correlationId, asker, trace }: AskRow,
  remembered: boolean,
  event: RoutedInput['event'],
): Draft<RoutedInput> {
  const input: Draft<RoutedInput> = {
    kind: 'event',
    address,
    path,
    event,
    starts: false,
    ignoreIfAbsent: true,
    answer: true,
    asked: correlationId,
    remembered,
  };
  if (asker !== undefined) input.asker = asker;
  if (trace !== undefined) input.trace = trace;
  return input;
}
