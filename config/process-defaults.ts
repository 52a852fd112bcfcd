/** The resources of a process and the ages of its rows, where no config names them. */

export const processDefaults = {
  prefetch: 256,
  database_connections: 8,
  cached_actors: 10_000,
  lease_ms: 5_000,
  fuse: false,
} as const;

/** Days by kind of row. */
export const retentionDefaultDays = {
  inbox_days: 7,
  answered_days: 7,
  finished_days: 7,
  history_days: 400,
  tombstones_days: 7,
} as const;
