/**
 * Code of somebody's own in the service of one entity, as `defineEntity` takes the code, and the rules
 * of the code, derived from the tables and from commits.
 *
 * 1. `hooks decide`: no node and no change that a hook refuses is written, every new node has the
 *    attribute that the hook adds, and no node is decided that the hook keeps.
 * 2. `hooks commit`: after every commit there is a note of a node exactly while the node is there.
 * 3. `hooks start`: the activity of a removal runs at least once, after the node is gone.
 */
import { Type } from 'typebox';
import type { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import type { TreeNode } from '../../../actors/hierarchy/rules/tree-node.ts';
import type { HookedEntity } from '../../../actors/model-crud/node-hooks.ts';
import { activity, defineTable } from '../../../index.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { StandIns } from '../../../testing/simulation/stand-ins.ts';
import type { Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentPlan } from './consent-plan.ts';
import { type Entity, serviceOf } from './entities.ts';
import { idOf } from './names.ts';

const notes = defineTable('notes', { row: Type.Object({ changes: Type.String() }), by: [] });

/** The attribute that the code adds. */
const seal = 'seal';
/** Creates are named `n…`, updates `u…`, `x…` or `g…`, each with a number. */
const refusedName = /^n\d*3$/;
const refusedChange = /^[ugx]\d*3$/;
const keptChange = /^[ugx]\d*2$/;

const first = (value: unknown) => String([value].flat()[0] ?? '');

export const code: HookedEntity = {
  activities: { farewell: activity(() => Promise.resolve(null)) },
  hooks: {
    creating: ({ attributes }) =>
      refusedName.test(first(attributes['cn']))
        ? { refused: 'no node has this name' }
        : { attributes: { ...attributes, [seal]: 'of the code' } },
    created: ({ id }) => ({ writes: notes.add(id, { changes: '' }) }),
    updating: ({ attributes }) =>
      refusedChange.test(first(attributes['description']))
        ? { refused: 'no node is described so' }
        : undefined,
    updated: ({ id, attributes }) => ({
      writes: notes.set(id, { changes: first(attributes['description']) }),
    }),
    deleting: ({ node }) =>
      keptChange.test(first(node.attributes['description']))
        ? 'the code keeps the node'
        : undefined,
    deleted: ({ node: { id } }) => ({
      writes: notes.drop(id),
      start: { activity: 'farewell', input: { id } },
    }),
  },
};

/** Whether the code refuses the request before anything is committed. */
export function isRefusedByCode(
  { code: entity, operations }: Pick<ConsentPlan, 'code' | 'operations'>,
  messageId: string,
): boolean {
  if (entity === undefined) return false;
  return operations.some(
    (one) =>
      ((one.what === 'create' && refusedName.test(one.name)) ||
        (one.what === 'update' && refusedChange.test(one.name))) &&
      one.entity === entity &&
      idOf(one.name) === messageId,
  );
}

/** Whether the code keeps the node. */
export function isKeptByCode(entity: Entity | undefined, node: TreeNode): boolean {
  if (entity === undefined || node.service !== serviceOf(entity)) return false;
  return keptChange.test(first(node.attributes['description']));
}

export class CodeBook {
  readonly store: Store<UndoLog> = notes.memory();
  readonly #service: string;
  readonly #tables: MemoryTables;
  readonly #notes = new Set<string>();
  /** The living nodes of the entity. */
  readonly #nodes = new Set<string>();
  readonly #farewells = new Set<string>();
  readonly #removed = new Set<string>();
  #seen: string | undefined;

  constructor(entity: Entity, tables: MemoryTables) {
    this.#service = serviceOf(entity);
    this.#tables = tables;
  }

  get activities(): StandIns {
    return {
      [`${this.#service}/farewell`]: (input) => {
        const { id } = input as { readonly id: string };
        this.#farewells.add(id);
        if (this.#tables.nodes.get(id) !== undefined)
          this.#seen ??= `${id} is there, and the activity of its removal runs`;
        return Promise.resolve(null);
      },
    };
  }

  get invariants(): readonly Invariant[] {
    return [
      { name: 'hooks start', committed: () => this.#seen, atEnd: () => this.#unstarted() },
      { name: 'hooks decide', committed: (turns) => this.#undecided(turns) },
      { name: 'hooks commit', committed: (turns, world) => this.#take(turns, world) },
    ];
  }

  /** Notes the nodes of the start. */
  async begin(): Promise<void> {
    for (const { id, kind, service } of this.#tables.nodes.values()) {
      if (kind !== 'entity' || service !== this.#service) continue;
      await this.store.apply(noUndo, [notes.add(id, { changes: '' })]);
      this.#notes.add(id);
      this.#nodes.add(id);
    }
  }

  #undecided(turns: readonly TurnCommit[]): Problem {
    for (const { address, writes } of turns) {
      if (address.service !== this.#service) continue;
      for (const { op, args } of writes) {
        if (op !== 'add' && op !== 'modify') continue;
        const { attributes = {}, id } = args as Partial<TreeNode>;
        const [name, change] = [first(attributes['cn']), first(attributes['description'])];
        if (op === 'modify' && refusedChange.test(change)) return `${id} is described as ${change}`;
        if (op !== 'add' || address.machine !== 'node-creation') continue;
        if (refusedName.test(name)) return `${id} has the name ${name}`;
        if (name.startsWith('n') && attributes[seal] === undefined) return `${id} has no ${seal}`;
      }
    }
    return undefined;
  }

  /**
   * Looks at the tables after commits of the service only: at the moment of a commit in another
   * database, an open commit of a chain may have written the node and not yet the note.
   */
  #take(turns: readonly TurnCommit[], world: World): Problem {
    if (!turns.some(({ address }) => address.service === this.#service)) return undefined;
    const writes = turns.flatMap((turn) => turn.writes);
    for (const { store, op, args } of writes) {
      if (store !== notes.name) continue;
      const { id } = args as { readonly id: string };
      if (op === 'drop') this.#notes.delete(id);
      else this.#notes.add(id);
      world.note(`code: ${op}`);
    }
    this.#look();
    for (const id of this.#nodes)
      if (!this.#notes.has(id)) return `${id} is there without its note`;
    const left = [...this.#notes].find((id) => this.#tables.nodes.get(id) === undefined);
    return left && `${left} is gone, and its note is there`;
  }

  #look(): void {
    for (const id of [...this.#nodes])
      if (this.#tables.nodes.get(id) === undefined) {
        this.#nodes.delete(id);
        this.#removed.add(id);
      }
    for (const { id, kind, service } of this.#tables.nodes.values())
      if (kind === 'entity' && service === this.#service) this.#nodes.add(id);
  }

  #unstarted(): Problem {
    const left = [...this.#removed].find((id) => !this.#farewells.has(id));
    return left && `${left} is gone, and the activity of its removal has not run`;
  }
}
