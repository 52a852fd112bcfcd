/**
 * A list of rows of the same height; only the visible rows are in the document.
 *
 * - keys: the arrow keys, Home and End move the choice, Enter opens the chosen row.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface VirtualListProps<Row> {
  readonly rows: readonly Row[];
  readonly rowHeight: number;
  readonly label: string;
  readonly keyOf: (row: Row) => string;
  readonly chosen: string | undefined;
  readonly onChoose: (row: Row) => void;
  readonly children: (row: Row) => ComponentChildren;
  /** Called when the last rows come into sight. */
  readonly onEnd?: () => void;
}

const beyond = 6;

export function VirtualList<Row>(props: VirtualListProps<Row>) {
  const { rows, rowHeight, label, keyOf, chosen, onChoose, children, onEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const measure = (): void => {
    const { scrollTop = 0, clientHeight = 600 } = box.current ?? {};
    setView({ top: scrollTop, height: clientHeight });
  };
  useEffect(() => {
    measure();
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, [rows.length]);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - beyond);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + beyond);
  useEffect(() => {
    if (last >= rows.length) onEnd?.();
  }, [last, rows.length, onEnd]);
  const at = rows.findIndex((row) => keyOf(row) === chosen);
  const press = (event: KeyboardEvent): void => {
    const to = movedTo(event.key, at, rows.length, Math.floor(view.height / rowHeight));
    const row = to === undefined ? undefined : rows[to];
    if (to === undefined || row === undefined) return;
    event.preventDefault();
    onChoose(row);
    keepInSight(box.current, to * rowHeight, rowHeight);
  };
  return (
    <div
      ref={box}
      class="virtual"
      role="listbox"
      aria-label={label}
      aria-activedescendant={at >= first && at < last ? `row-${at}` : undefined}
      tabIndex={0}
      onScroll={measure}
      onKeyDown={press}
    >
      <div class="virtual-all" style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(first, last).map((row, index) => (
          <div
            key={keyOf(row)}
            id={`row-${first + index}`}
            role="option"
            tabIndex={-1}
            aria-selected={first + index === at}
            aria-setsize={rows.length}
            aria-posinset={first + index + 1}
            class="virtual-row"
            style={{ top: `${(first + index) * rowHeight}px`, height: `${rowHeight}px` }}
            onClick={() => onChoose(row)}
            onKeyDown={({ key }) => key === 'Enter' && onChoose(row)}
          >
            {children(row)}
          </div>
        ))}
      </div>
    </div>
  );
}

function movedTo(key: string, at: number, count: number, page: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const to = moves[key];
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}

function keepInSight(box: HTMLElement | null, top: number, height: number): void {
  if (box === null) return;
  if (top < box.scrollTop) box.scrollTop = top;
  const bottom = top + height - box.clientHeight;
  if (bottom > box.scrollTop) box.scrollTop = bottom;
}
