/**
 * Judges what became of a batch: each rule is a pure function from observations to findings.
 *
 * - Lost: a message without an end, a correct message that nobody handled, an incorrect message that an actor took, a
 *   question without an answer.
 * - Mixed: an actor or an answer holds the secret of another actor, a refused step left something, a message was handled
 *   twice, a stored actor differs from the live actor.
 */
import { type ActorAddress, addressId } from '../../../runtime/ports/address.ts';
import type { Ledger } from './ledger.ts';
import type { StrangeMessage } from './strange-message.ts';
import { mutatedMark, secretsIn, spoiledMark } from './traces.ts';

export type FindingKind = 'lost' | 'mixed' | 'mute' | 'endless' | 'crashes';

export interface Finding {
  readonly kind: FindingKind;
  readonly problem: string;
  /** Tags of the messages that the finding names. */
  readonly tags: readonly string[];
}

function lost(message: StrangeMessage, ledger: Ledger): string | undefined {
  const { handled, answers, reasons } = ledger.of(message.tag);
  const isHandled = handled.size > 0;
  const isDead = reasons.length > 0 && reasons.every((reason) => reason !== '');
  const isAnswered = answers.length > 0;
  if (message.expected === 'dropped') return undefined;
  if (message.expected === 'handled' && handled.size < message.meant.length)
    return `is correct and was not handled: ${[...answers, ...reasons].join('; ') || 'silence'}`;
  if (message.expected === 'refused' && isHandled)
    return `names no actor and was handled by ${[...handled.keys()].join(', ')}`;
  if (message.asks && !isAnswered && !isDead)
    return isHandled ? 'was handled and has no answer' : 'has no answer and is no dead letter';
  if (!isHandled && !isDead && !isAnswered && message.traceable)
    return 'was not handled, has no answer and is no dead letter';
  return undefined;
}

function mixed({ tag, secrets, properties }: StrangeMessage, ledger: Ledger): string | undefined {
  const { handled, answers } = ledger.of(tag);
  const foreign = answers.flatMap(secretsIn).find((secret) => !secrets.includes(secret));
  if (foreign !== undefined) return `was answered ${foreign}, and asked for ${secrets.join(', ')}`;
  const twice = [...handled].find(([, times]) => times > 1);
  // A message without an identity is handled at least once.
  if (twice !== undefined && (properties.messageId ?? '') !== '')
    return `was handled ${twice[1]} times by ${twice[0]}`;
  return marked(answers.join(' '));
}

function marked(text: string): string | undefined {
  if (text.includes(spoiledMark)) return 'the change of a refused step is left';
  if (text.includes(mutatedMark)) return 'an activity has changed its actor';
  return undefined;
}

export function judgedMessages(
  messages: readonly StrangeMessage[],
  ledger: Ledger,
): readonly Finding[] {
  return messages.flatMap((message): Finding[] => {
    const rules = { lost: lost(message, ledger), mixed: mixed(message, ledger) };
    return (['lost', 'mixed'] as const).flatMap((kind) => {
      const problem = rules[kind];
      if (problem === undefined) return [];
      return [
        { kind, problem: `${message.tag} (${message.kind}) ${problem}`, tags: [message.tag] },
      ];
    });
  });
}

/** `family`: the stored state of the actor. */
export function judgedActor(address: ActorAddress, family: unknown): readonly Finding[] {
  const text = JSON.stringify(family) ?? '';
  const secrets = secretsIn(text);
  const pair = /(tag-\d+-)=(tag-\d+-)/g;
  const wrong = [...text.matchAll(pair)].find(([, asked, answered]) => asked !== answered);
  const problem =
    secrets.length > 1
      ? `holds ${secrets.join(' and ')}`
      : wrong === undefined
        ? marked(text)
        : `took a price for another: ${wrong[0]}`;
  if (problem === undefined) return [];
  const tags = wrong?.slice(1) ?? [];
  return [{ kind: 'mixed', problem: `${addressId(address)} ${problem}`, tags }];
}
