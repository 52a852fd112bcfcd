/** The event type of the kernel. XState's own types of events stay in this folder. */

/** An event as a machine gets it: a type, and members of any kind. */
export type MachineEvent = {
  readonly type: string;
  /** The members that the runtime adds. */
  readonly $?: { readonly [member: string]: unknown };
  readonly [member: string]: unknown;
};
