/**
 * Random texts that nobody can guess. No other file draws secrets, so that a simulation can give
 * its own.
 */
import { randomBytes } from 'node:crypto';

const secretBytes = 32;

/** 256 random bits as text. */
export function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}
