/** Kinds of messages that the suite leaves out, each with the fault that such a message still finds. */
import { allKinds, type Kind } from './draw-messages.ts';

export const notYet: Readonly<Partial<Record<Kind, string>>> = {};

export const notYetKinds: readonly Kind[] = allKinds.filter((kind) => kind in notYet);
