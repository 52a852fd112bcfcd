/** A proof by repetition as `npm run proofs` runs it: a program or a test file in a process of its own, at full size. */
import { drawnPart } from '../support/drawn-part.ts';
import { type ProofName, scaledSize } from '../support/proof-size.ts';
import type { Need } from '../support/suite-needs.ts';

export interface Proof {
  readonly name: string;
  /** One sentence: the claim that the repetition proves. */
  readonly claim: string;
  /** The size in the units of the proof, as the table prints it, at a scale. */
  readonly size: (scale: number) => string;
  readonly needs: readonly Need[];
  /** Of its source, from the project's root. A test file takes its size from PROOFS and PROOFS_SCALE. */
  readonly file: string;
  /** For a program; undefined for a test file. */
  readonly args?: (scale: number, seed: number) => readonly string[];
  readonly nodeOptions?: readonly string[];
}

/** `amount('chaos', 'kills')(0.1)` is `15 kills`. */
export function amount(name: ProofName, unit: string): Proof['size'] {
  return (scale) => `${scaledSize(name, scale)} ${unit}`;
}

/** The names that `--only` of a program takes for a part of a list, or no option for the whole list. */
export function onlyPart(names: readonly string[], count: number, seed: number): readonly string[] {
  return count >= names.length ? [] : ['--only', drawnPart(names, count, seed).join(',')];
}
