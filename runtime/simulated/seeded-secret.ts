/**
 * Secrets of simulated journals and clients: the same again for the same seed, so that correlation
 * ids in the trace of a run are the same.
 */
import { hash } from 'node:crypto';

/** `seed`: a 32-bit integer. */
export function seededSecret(seed: number): string {
  return hash('sha256', `the secret of seed ${seed}`, 'base64url');
}
