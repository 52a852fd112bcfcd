/**
 * For each known defect a seed that catches it soon, so that the suite shows in seconds that every
 * defect is caught.
 *
 * A change of the simulation moves these seeds. The suite then searches from seed 1, which takes
 * longer, and prints the number to write here. A seed that takes many seconds is worth replacing by
 * a later one.
 */
export const catchingSeeds: Readonly<Record<string, number>> = {
  'acknowledging before handling': 1,
  'waiting for a reply without a limit': 57,
  'an open commit loses its last writes': 3,
  'registering for the reply after publishing the question': 4,
  'unroutable counts as consent': 59,
  'the answer to mayUpdate is ignored': 53,
  'an error in answer to deleting counts as done': 15,
  'children listed once, subtree deleted later': 1,
  'only the first of several replies counts': 57,
  'create first, subscribe second': 213,
  'queues that vanish with their consumer': 1,
  'promise expires by clock': 268,
  'decision without the epoch check': 1,
  'deleting not sent again': 15,
  'calling off after the decision': 11,
  'no tombstone check': 2,
  'second arrival waits': 63,
  'a copy looks at its first node only': 16418,
  'a decision over a foreign child': 29,
  'a participant creates before its ok': 1,
  'a participant reopens under its promise': 94,
  'a participant cleans before the decision': 1,
  'a participant answers for a wrong round': 15,
  'an adoption leaves the former service on a list': 126,
  'a retirement forgets its line in the record': 7,
  'a retention is forgotten': 4,
  'a retry starts before its hold has ended': 139,
  'a webhook whose key changes between tries': 16,
  'an answer counts as of the service that it names': 130,
  'a decision counts without an inquiry': 3,
  'a retirement of a nobody counts': 130,
  'a participant unsubscribes without noting the end': 104,
  'an undeletion succeeds without its file': 138,
  'a file of a node goes before its row': 9,
  'a file goes with the first of two nodes': 23,
  "a hook's write is outside the commit": 19,
  'a link outlives its end': 9,
  'a callback whose key changes between tries': 47,
  'an old process goes on beside newer code': 191,
  'a process forgets that the newer one has died': 144,
  'an outcome that is kept for newer code is run again': 307,
  'a service connects as another user than its own': 168,
  'a caller counts without its signature': 145,
  'an old signature of a caller counts': 145,
};
