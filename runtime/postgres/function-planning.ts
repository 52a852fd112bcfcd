/**
 * The planner settings of the journal's functions, written into `create function`.
 *
 * A function's plan is made while its tables are small, and is kept while they grow. So the
 * settings leave the planner only lookups by key:
 * - No sequential scans, hash joins or merge joins: they read whole tables.
 * - No plain index scans: on a table that is known to be empty, the planner would walk a whole
 *   index for each row. A bitmap scan needs a key.
 */
export const functionPlanning = `
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set enable_indexscan = off
  set enable_indexonlyscan = off`;
