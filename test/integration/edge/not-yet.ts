/** Kinds of messages that the suite leaves out, each with the fault that such a message still finds. */
import { allKinds, type Kind } from './draw-messages.ts';

export const notYet: Readonly<Partial<Record<Kind, string>>> = {
  again: 'two senders under one message id share an answer',
  'joined ids': 'two senders under one identity share an answer',
  'odd value': 'a value that is no JSON lives until the restart',
  view: 'two questions under one message id share an answer of a gateway',
  want: 'a late answer reaches the child of another life',
};

export const notYetKinds: readonly Kind[] = allKinds.filter((kind) => kind in notYet);
