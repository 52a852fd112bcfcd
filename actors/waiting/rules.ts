import type { MachineView } from './machine-view.ts';
import type { Told } from './reason.ts';

/**
 * The reason of a machine's waiting, in each of its states without a state below, except final
 * states.
 */
export type Rules = Readonly<Record<string, (machine: MachineView) => Told>>;
