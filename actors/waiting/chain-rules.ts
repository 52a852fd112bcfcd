/**
 * Why the machines of chains wait: burns of tokens, and questions whether a token could be burned. Pure.
 */
import { textIn, textsIn } from '../consent/saga-history.ts';
import { tries } from './card-rules.ts';
import { type MachineView, numberIn, objectIn } from './machine-view.ts';
import type { Told } from './reason.ts';
import type { Rules } from './rules.ts';

function tokenOf({ context }: MachineView): string {
  const token = objectIn(context, 'token');
  return `token ${textIn(token, 'id')} of ${textIn(token, 'contract')} on chain ${numberIn(token, 'chain') ?? '?'}`;
}

/** An activity asks the chain. */
const asksChain = (text: string) => (machine: MachineView) => ({
  text: `${text} for the ${tokenOf(machine)}`,
  ...tries(machine),
});

const firstMessage = (machine: MachineView): Told => ({
  text: 'has begun: the first step takes the message',
  waitsFor: [machine.service],
});

export const burnCheckRules: Rules = {
  asked: firstMessage,
  checking: asksChain('asks the chain whether a burn is possible'),
};

export const tracerRules: Rules = {
  waiting: firstMessage,
  checking: asksChain('asks the chain whether the burn is possible'),
  reserved: (machine) => ({
    ...firstMessage(machine),
    text: 'has reserved its account: takes a nonce next',
  }),
  numbering: asksChain('reads the next nonce'),
  signing: asksChain('signs the burn'),
  unsigned: (machine) => ({
    text: `nobody could sign the burn of the ${tokenOf(machine)}`,
    untilMs: machine.after('unsigned').atMs,
    next: 'it tries to sign again',
  }),
  broadcasting: asksChain('sends the signed burn'),
  looking: asksChain('looks whether the burn is final'),
  resting: (machine) => ({
    text: `waits for the chain to decide about the burn of the ${tokenOf(machine)} (${textsIn(machine.context, 'hashes').length} transactions sent)`,
    untilMs: machine.after('resting').atMs,
    next: 'it looks again; after a signature only the chain ends a burn',
  }),
  pricing: asksChain('the burn is stuck: asks for a higher fee'),
  explaining: asksChain('the burn was reverted: asks the chain why'),
};
