/** A line of a process of the benchmark `processes`. */
export type HostReport = { readonly ready: true } | HostUse;

export type HostUse = {
  /** Processor time of the process since it was ready, milliseconds. */
  readonly processorMs: number;
  /** Batches that were done again, mostly because of a conflict. */
  readonly failedBatches: number;
};
