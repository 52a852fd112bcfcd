/**
 * The vetoes of the services of the tree. A further veto is a file in this folder, and a line in
 * this list.
 */
import type { DependantRefusal } from '../../consent/nodes.ts';
import type { Removal, Veto } from './veto.ts';
import { inUse } from './veto-in-use.ts';
import { keepWhile } from './veto-keep-while.ts';

const vetoes: readonly Veto[] = [inUse, keepWhile];

export function refusalsOf(removal: Removal): readonly DependantRefusal[] {
  return vetoes.flatMap((veto) => veto(removal));
}
