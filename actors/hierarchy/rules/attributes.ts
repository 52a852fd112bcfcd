/**
 * The attributes of a node: the checks of a write, and the form that readers get.
 *
 * 1. Every attribute is a list; a null, `[]` or a list of nulls stands for an absent attribute.
 * 2. `cn`, `objectClass` and `prsDefault` are not among the attributes: they are columns with rules
 *    of their own. A null or an empty list changes none of the three.
 * 3. Text that PostgreSQL cannot store (NUL, half a surrogate pair) is refused here, so that every
 *    adapter refuses it.
 */
import { Refused } from '../../../runtime/ports/errors.ts';
import { valueText } from '../../consent/given-attributes.ts';
import { refuseUnstorable } from '../../consent/storable.ts';
import type { Attributes, AttributeValue } from '../store.ts';
import type { TreeNode } from './tree-node.ts';

/** The place of a name in a request. */
export const cnPointer = '/data/attributes/cn';

const columns = new Set(['cn', 'objectClass', 'prsDefault']);

/** The attributes of a create or an update, sorted by their rules. */
export type AttributeChange = {
  /** undefined: not given. */
  readonly cn: string | undefined;
  readonly prsDefault: boolean | undefined;
  readonly set: Attributes;
  readonly removed: ReadonlySet<string>;
};

/** @throws Refused bad-message for text that cannot be stored. */
export function attributeChange(attributes: Attributes): AttributeChange {
  const lists = Object.entries(attributes).map(
    ([name, values]) => [name, listOf(name, values)] as const,
  );
  const plain = lists.filter(([name]) => !columns.has(name));
  const column = (name: string) => lists.find(([given]) => given === name)?.[1];
  return {
    cn: cnOf(column('cn')),
    prsDefault: flagOf(column('prsDefault')),
    set: Object.fromEntries(plain.filter(([, values]) => values.length > 0)),
    removed: new Set(plain.filter(([, values]) => values.length === 0).map(([name]) => name)),
  };
}

/** The attributes after the change. */
export function changed(attributes: Attributes, { set, removed }: AttributeChange): Attributes {
  return {
    ...Object.fromEntries(Object.entries(attributes).filter(([name]) => !removed.has(name))),
    ...set,
  };
}

/** The values of one attribute; empty for an absent attribute. */
export function valuesOf(attributes: Attributes, name: string): readonly AttributeValue[] {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : [];
}

/** All attributes of a node, as a reader gets them. */
export function visibleAttributes(node: TreeNode): Attributes {
  const standard = { cn: [node.cn], objectClass: [node.objectClass] };
  return {
    ...node.attributes,
    ...standard,
    ...(node.kind === 'entity' ? { prsDefault: [node.isDefault] } : {}),
  };
}

/** On the wire `values` may be null: the attribute is removed. */
function listOf(name: string, values: readonly AttributeValue[] | null): readonly AttributeValue[] {
  const list = (values ?? []).filter((value) => value !== null);
  refuseUnstorable([name, ...list.map(valueText)]);
  return list;
}

/** The longest name of a node: names stand in an index, whose entries are bounded. */
const nameBytesMax = 1_000;

function cnOf(values: readonly AttributeValue[] | undefined): string | undefined {
  const [first = ''] = values ?? [];
  const cn = valueText(first);
  if (Buffer.byteLength(cn) > nameBytesMax)
    throw new Refused('bad-message', `${cnPointer} must have at most ${nameBytesMax} bytes`, {
      at: cnPointer,
    });
  return cn === '' ? undefined : cn;
}

function flagOf(values: readonly AttributeValue[] | undefined): boolean | undefined {
  const [first] = values ?? [];
  return first === undefined ? undefined : /^true$/i.test(valueText(first));
}
