/** Inputs of a single turn, made of events. Nobody waits until such an input is committed. */
import type { EventInput } from '../../runtime/messages/input.ts';
import type { MessageInfo } from '../../runtime/messages/message-events.ts';
import type { ActorAddress } from '../../runtime/ports/address.ts';
import type { Draft } from '../../runtime/ports/draft.ts';
import type { Path } from '../../runtime/step/path.ts';

/** For inputs whose commit interests nobody. */
export const settle = (): void => undefined;

/** An event as a machine gets it, without the time and the new id. */
type Event = { readonly type: string };

/** An event for one machine of the actor. The event starts no actor. */
export function eventInput(address: ActorAddress, path: Path, event: Event): Draft<EventInput> {
  return {
    kind: 'event',
    address,
    path,
    event,
    starts: false,
    ignoreIfAbsent: false,
    settle,
  };
}

/** An event for the root machine, with the reply address of its message. */
export function rootInput(address: ActorAddress, event: Event): Draft<EventInput> {
  const input = eventInput(address, [], event);
  const replyTo = messageOf(event)?.replyTo;
  if (replyTo) input.replyTo = replyTo;
  return input;
}

function messageOf(event: Event): MessageInfo | null {
  const { $ } = event as Event & { readonly $?: { readonly message?: MessageInfo | null } };
  return $?.message ?? null;
}
