/**
 * A machine as a chart: states inside states, the active states lit, and transitions with their
 * events.
 */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartState } from '../contract.ts';
import {
  type PlacedChart,
  type PlacedState,
  type PlacedTransition,
  type Point,
  placedChart,
  shortLabel,
} from './chart-layout.ts';
import { useWidth } from './use-width.ts';

const arrow = 8;
/**
 * A chart is not drawn smaller than this share of its size, unless a person asks for a smaller
 * chart.
 */
const smallest = 0.7;

export function Statechart({
  chart,
  active,
}: {
  readonly chart: ChartState;
  readonly active: readonly string[];
}) {
  const [chosen, setChosen] = useState<boolean>();
  const placed = usePlaces(chart);
  const box = useRef<HTMLDivElement>(null);
  const room = useWidth(box);
  const lit = new Set(active);
  const fits = chosen ?? (typeof placed !== 'object' || placed.width * smallest <= room);
  useActiveInSight(box, placed, lit);
  if (typeof placed === 'string') return <p class="problem">{placed}</p>;
  if (placed === undefined)
    return (
      <div ref={box}>
        <p class="quiet">Drawing …</p>
      </div>
    );
  const { width, height, states, transitions } = placed;
  return (
    <>
      <p class="chart-tools">
        <button type="button" aria-pressed={fits} onClick={() => setChosen(!fits)}>
          {fits ? 'Full size' : 'Fit to the window'}
        </button>
      </p>
      <div ref={box} class="scroll chart-box">
        <svg
          class={`chart ${fits ? 'fits' : ''}`}
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`States of ${chart.key}`}
        >
          {states.map((state) => (
            <StateBox key={state.state.id} placed={state} isActive={lit.has(state.state.id)} />
          ))}
          {transitions.map((transition) => (
            <TransitionLine
              key={transition.id}
              transition={transition}
              isOpen={lit.has(transition.source)}
            />
          ))}
        </svg>
      </div>
    </>
  );
}

/** The places once they are known, or the error text. An equal chart keeps its places. */
function usePlaces(chart: ChartState): PlacedChart | string | undefined {
  const [placed, setPlaced] = useState<PlacedChart | string>();
  const shape = JSON.stringify(chart);
  useEffect(() => {
    let isCurrent = true;
    placedChart(JSON.parse(shape)).then(
      (found) => isCurrent && setPlaced(found),
      (error: Error) => isCurrent && setPlaced(`The chart cannot be drawn: ${error.message}`),
    );
    return () => {
      isCurrent = false;
    };
  }, [shape]);
  return placed;
}

/** Scrolls a chart that is larger than its box to the first active state without states below. */
function useActiveInSight(
  box: RefObject<HTMLDivElement | null>,
  placed: PlacedChart | string | undefined,
  lit: ReadonlySet<string>,
): void {
  const leaf =
    typeof placed === 'object'
      ? placed.states.find(({ state }) => state.states.length === 0 && lit.has(state.id))
      : undefined;
  const at = leaf && `${leaf.x + leaf.width / 2} ${leaf.y + leaf.height / 2}`;
  useEffect(() => {
    const { current } = box;
    if (current === null || at === undefined) return;
    const [x = 0, y = 0] = at.split(' ').map(Number);
    current.scrollLeft = x - current.clientWidth / 2;
    current.scrollTop = y - current.clientHeight / 2;
  }, [box, at]);
}

function StateBox({
  placed: { state, x, y, width, height, depth },
  isActive,
}: {
  readonly placed: PlacedState;
  readonly isActive: boolean;
}) {
  const isLeaf = state.states.length === 0;
  const kind = `${state.type} ${isLeaf ? 'leaf' : 'group'} ${isActive ? 'active' : ''}`;
  return (
    <g class={`state ${kind}`} data-state={state.id}>
      <title>{`${state.id} (${state.type}${isActive ? ', active' : ''})`}</title>
      <rect x={x} y={y} width={width} height={height} rx={isLeaf ? 9 : 12} />
      {state.type === 'final' && (
        <rect class="inner" x={x + 3.5} y={y + 3.5} width={width - 7} height={height - 7} rx={6} />
      )}
      {isLeaf ? (
        <text class="leaf-name" x={x + width / 2} y={y + height / 2}>
          {state.key}
        </text>
      ) : (
        <text class="group-name" x={x + 14} y={y + 18}>
          {state.key}
          {state.type === 'parallel' && depth >= 0 ? ' (parallel)' : ''}
        </text>
      )}
    </g>
  );
}

function TransitionLine({
  transition: { points, labels },
  isOpen,
}: {
  readonly transition: PlacedTransition;
  readonly isOpen: boolean;
}) {
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return null;
  const way = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return (
    <g class={`transition ${isOpen ? 'open' : ''}`}>
      <path class="way" d={way} />
      <path class="head" d={headOf(before, end)} />
      {labels.map(({ text, x, y, height }) => (
        <text key={text} x={x + 3} y={y + height / 2}>
          {shortLabel(text)}
          <title>{text}</title>
        </text>
      ))}
    </g>
  );
}

/** A triangle with its tip at the end of the line. */
function headOf(from: Point, to: Point): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const base = { x: to.x - dx * arrow, y: to.y - dy * arrow };
  const half = arrow * 0.5;
  const left = `${base.x - dy * half} ${base.y + dx * half}`;
  const right = `${base.x + dy * half} ${base.y - dx * half}`;
  return `M${to.x} ${to.y}L${left}L${right}z`;
}
