/** Rejections that the code of an awkward user leaves behind, with nobody who handles them. */
import { oddValue } from './odd-values.ts';

const strays = new WeakSet<object>();

/** The rejection is an object of its own, so that the fuzzer can tell the rejection from others. */
export function strayRejection(kind: string): void {
  const error = Object.assign(Object.create(null), { stray: oddValue(kind) });
  strays.add(error);
  void Promise.reject(error);
}

export function isStray(error: unknown): boolean {
  return typeof error === 'object' && error !== null && strays.has(error);
}
