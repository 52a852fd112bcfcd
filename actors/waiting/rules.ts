import type { MachineView } from './machine-view.ts';
import type { Told } from './reason.ts';

/** What a machine waits for, in each of its states that has no state below it and is no end. */
export type Rules = Readonly<Record<string, (machine: MachineView) => Told>>;
