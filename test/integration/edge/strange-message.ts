/** A message of a stranger, as it goes to the broker, with what the fuzzer knows about it. */
import type { MessageProperties } from '../../../runtime/ports/envelope.ts';
import type { FieldTable } from './field-tables.ts';

/** An actor that a message is meant for. */
export interface Meant {
  readonly machine: string;
  /** The key, in the form in which the runtime must keep it. */
  readonly key: string;
}

export interface StrangeMessage {
  readonly tag: string;
  /** What the message tries, in words. */
  readonly kind: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
  /** The headers in types of the wire; in place of the headers of the properties. */
  readonly table?: FieldTable;
  /** Goes through an exchange that is deleted at once. */
  readonly throughGoneExchange: boolean;
  /** The secrets that an answer may hold. */
  readonly secrets: readonly string[];
  /** The actors that a correct message names; an incorrect message names none. */
  readonly meant: readonly Meant[];
  /**
   * `handled`: nothing is wrong with the message. `refused`: an actor must not take the message.
   * `any`: the message is handled or refused. `dropped`: no trace is needed.
   */
  readonly expected: 'handled' | 'refused' | 'any' | 'dropped';
  /** The fuzzer waits for an answer at `r.<tag>`. */
  readonly asks: boolean;
  /** The tag stands in the message, so that its end can be found. */
  readonly traceable: boolean;
}

/** The queue of the fuzzer, for all answers. */
export const answersQueue = 'edge_answers';

/** The reply address of the message with this tag. */
export function replyKeyOf(tag: string): string {
  return `r.${tag}`;
}
