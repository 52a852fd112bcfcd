/**
 * The screen *Tree*: the hierarchy, expanded as far as a person asks, and the plan of the chosen
 * node.
 */
import { useEffect, useState } from 'preact/hooks';
import type { TreeList, TreeNode } from '../contract.ts';
import { read } from './api.ts';
import { useLive } from './live.ts';
import { NodeView } from './node-view.tsx';
import { goTo } from './route.ts';
import { VirtualList } from './virtual-list.tsx';
import './tree.css';

type Row = TreeNode & { readonly depth: number; readonly isOpen: boolean };
type Below = ReadonlyMap<string, readonly TreeNode[]>;

const keyOf = ({ id }: Row): string => id;

export function Tree({ id }: { readonly id: string | undefined }) {
  const { rows, hasTree, error, toggle } = useTree();
  const press = ({ key }: KeyboardEvent): void => {
    const row = rows.find((one) => one.id === id);
    if (row === undefined) return;
    if ((key === 'ArrowRight' && !row.isOpen) || (key === 'ArrowLeft' && row.isOpen))
      toggle(row.id);
  };
  return (
    <div class={`split ${id === undefined ? 'at-list' : 'at-detail'}`}>
      <section aria-labelledby="tree-title" class="side" onKeyDown={press}>
        <h2 id="tree-title">Tree</h2>
        {error !== '' && <p class="problem">{error}</p>}
        {!hasTree && <p class="quiet panel">No service of this process has nodes in a tree.</p>}
        {rows.length > 0 && (
          <VirtualList
            rows={rows}
            rowHeight={36}
            label="Nodes"
            keyOf={keyOf}
            chosen={id}
            onChoose={(row) => goTo('tree', row.id)}
          >
            {(row) => <NodeRow row={row} onToggle={() => toggle(row.id)} />}
          </VirtualList>
        )}
      </section>
      {id !== undefined && <NodeView key={id} id={id} />}
    </div>
  );
}

function NodeRow({ row, onToggle }: { readonly row: Row; readonly onToggle: () => void }) {
  const { cn, objectClass, state, depth, isOpen, id } = row;
  return (
    <span class={`node-row state-${state}`} style={{ paddingLeft: `${depth * 18}px` }}>
      <button
        type="button"
        class="twist"
        tabIndex={-1}
        aria-label={isOpen ? `Close ${cn}` : `Open ${cn}`}
        onClick={(event) => {
          event.stopPropagation();
          onToggle();
        }}
      >
        {isOpen ? '▾' : '▸'}
      </button>
      <strong title={id}>{cn || id}</strong> <span class="quiet">{objectClass}</span>
      {state !== 'free' && <span class="badge">{state}</span>}
    </span>
  );
}

function useTree() {
  const [top, setTop] = useState<readonly TreeNode[]>([]);
  const [below, setBelow] = useState<Below>(new Map());
  const [hasTree, setHasTree] = useState(true);
  const [error, setError] = useState('');
  const { told } = useLive();
  const load = (id: string): Promise<void> =>
    read<TreeList>(`tree?base=${encodeURIComponent(id)}`).then(
      ({ data }) => setBelow((before) => new Map([...before, [id, data]])),
      (failure: Error) => setError(failure.message),
    );
  // A saga that goes on may freeze nodes, and remove them.
  useEffect(() => {
    read<TreeList>('tree').then(
      (found) => {
        setError('');
        setHasTree(found.hasTree);
        setTop(found.data);
        for (const { id } of found.data) void load(id);
      },
      (failure: Error) => setError(failure.message),
    );
    for (const id of below.keys()) void load(id);
  }, [told.round]);
  const toggle = (id: string): void => {
    if (!below.has(id)) return void load(id);
    setBelow((before) => new Map([...before].filter(([open]) => open !== id)));
  };
  return { rows: rowsOf(top, below, 0), hasTree, error, toggle };
}

/** The open nodes as a list, children after their parents. */
function rowsOf(nodes: readonly TreeNode[], below: Below, depth: number): readonly Row[] {
  return nodes.flatMap((node) => {
    const children = below.get(node.id);
    const row = { ...node, depth, isOpen: children !== undefined };
    return children === undefined ? [row] : [row, ...rowsOf(children, below, depth + 1)];
  });
}
