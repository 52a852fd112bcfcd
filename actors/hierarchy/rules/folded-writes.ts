/**
 * The writes of one commit with fewer statements. A saga that engages, promises and removes nodes
 * in the same commit locks the same nodes in each of its steps; each of many creates below one
 * parent locks the parent, looks for siblings and raises the parent's version.
 *
 * Invariants:
 * - A lock directly after a lock is folded into the former, unless the two expect different
 *   versions of one node. The nodes are locked in the order of their ids, as a single set.
 * - Successive adds below one parent become a single write, unless two of them may collide: by
 *   name, by id or by the default of the class. The folded writes leave the same nodes; the version
 *   of the parent rises once.
 * - Repeated subscriptions of a node become a single subscription, of the latest generation.
 *   Subscriptions of different nodes or subscribers are one write.
 */
import { isDeepStrictEqual } from 'node:util';
import { identityOf } from '../../../runtime/ports/identity.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import { type Gathering, gatheredWrites } from '../../consent/gathered-writes.ts';
import { type HierarchyWrites, hierarchyWrite } from '../store.ts';
import { folded } from './name-fold.ts';

type ArgsOf<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];
type Versions = HierarchyWrites['lock']['expect'];
type Added = ArgsOf<'add'>;

/** Adds that are folded, with the names and ids that are taken. */
type Adding = { readonly adds: Added[]; readonly taken: Set<string> };

export function foldedWrites(writes: readonly Write[]): readonly Write[] {
  const result: Write[] = [];
  let adding: Adding | undefined;
  for (const write of writes) {
    const add = plainAdd(write);
    if (add !== undefined && adding !== undefined && joins(adding, add)) {
      result[result.length - 1] = hierarchyWrite('addAll', { adds: adding.adds }, null);
      continue;
    }
    const before = result.at(-1);
    const both = before === undefined ? undefined : folding(before, write);
    if (both === undefined) result.push(write);
    else result[result.length - 1] = both;
    adding = add && { adds: [add], taken: new Set(namesOf(add)) };
  }
  return gatheredWrites(result, listing);
}

const listing: Gathering = {
  rowOf: ({ op, args }) => {
    const { nodeId, subscriber } = args as ArgsOf<'list'>;
    return op === 'list' ? identityOf(nodeId, subscriber) : undefined;
  },
  all: (writes) => {
    const subscriptions = writes.map(({ args }) => args as ArgsOf<'list'>);
    return hierarchyWrite('listAll', { subscriptions }, null);
  },
};

function folding(first: Write, second: Write): Write | undefined {
  if (first.op !== second.op) return undefined;
  if (first.op === 'lock') return lockedOnce(first, second);
  return first.op === 'list' ? listedOnce(first, second) : undefined;
}

function lockedOnce(first: Write, second: Write): Write | undefined {
  if ((first.expect as Versions).versions === (second.expect as Versions).versions) return first;
  const versions = { ...(first.expect as Versions).versions };
  for (const [id, version] of Object.entries((second.expect as Versions).versions)) {
    if ((versions[id] ?? version) !== version) return undefined;
    versions[id] = version;
  }
  return hierarchyWrite('lock', {}, { versions });
}

/** The node of the first subscription stays, with the latest generation. */
function listedOnce(first: Write, second: Write): Write | undefined {
  const [one, other] = [first.args as ArgsOf<'list'>, second.args as ArgsOf<'list'>];
  const generation = Math.max(one.generation, other.generation);
  const isSame = isDeepStrictEqual({ ...one, generation }, { ...other, id: one.id, generation });
  return isSame ? hierarchyWrite('list', { ...one, generation }, null) : undefined;
}

/**
 * An add without an expected version, with a plain name, and without a request for the default.
 */
function plainAdd({ op, args, expect = null }: Write): Added | undefined {
  if (op !== 'add' || Object.keys((expect as Versions | null)?.versions ?? {}).length > 0)
    return undefined;
  const add = args as Added;
  const { cn = [add.id], prsDefault } = add.attributes;
  const isPlain = cn.length === 1 && typeof cn[0] === 'string' && cn[0] !== '';
  return isPlain && prsDefault === undefined && add.anyCase === undefined ? add : undefined;
}

function namesOf({ id, attributes: { cn = [id] } }: Added): readonly string[] {
  return [`id ${id}`, `cn ${folded(String(cn[0]))}`];
}

/** Takes the add to the others, unless the add is of another place or meets one of the others. */
function joins({ adds, taken }: Adding, add: Added): boolean {
  const [first] = adds;
  const isBeside =
    first !== undefined &&
    first.parentId === add.parentId &&
    first.objectClass === add.objectClass &&
    namesOf(add).every((name) => !taken.has(name));
  if (!isBeside) return false;
  adds.push(add);
  for (const name of namesOf(add)) taken.add(name);
  return true;
}
