import type { MachineView } from './machine-view.ts';
import type { Told } from './reason.ts';

/** Why a machine waits, for each state that has no state below and is not final. */
export type Rules = Readonly<Record<string, (machine: MachineView) => Told>>;
