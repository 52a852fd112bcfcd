/**
 * A saga as a sequence diagram: a lane for the client, the owner and each other service; time goes
 * downwards.
 *
 * - A step that has no answer yet stands last, broken and grey, with the time since the question.
 */
import { useRef } from 'preact/hooks';
import type { DiagramStep, SagaDiagram } from '../contract.ts';
import { clockTime, duration } from './format.ts';
import { useWidth } from './use-width.ts';

const gutter = 66;
const laneWidths = { least: 104, most: 210 } as const;
const headHeight = 44;
const rowHeight = 38;
const boxHeight = 28;
const arrow = 7;
/** Width of one character of the labels, pixels. */
const glyph = 7.1;
const boldGlyph = 8;

type Frame = {
  readonly lanes: readonly string[];
  readonly laneWidth: number;
  readonly width: number;
  readonly height: number;
  readonly beginMs: number;
  readonly nowMs: number;
};

export function SequenceDiagram({
  diagram: { lanes, steps },
  nowMs,
  isOver,
}: {
  readonly diagram: SagaDiagram;
  readonly nowMs: number;
  readonly isOver: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const room = useWidth(box);
  const share = Math.floor((room - gutter) / Math.max(1, lanes.length));
  const laneWidth = Math.max(laneWidths.least, Math.min(laneWidths.most, share));
  const width = gutter + lanes.length * laneWidth;
  const height = headHeight + steps.length * rowHeight + 26;
  const beginMs = steps[0]?.atMs ?? nowMs;
  const frame: Frame = { lanes, laneWidth, width, height, beginMs, nowMs };
  const label = `${steps.length} steps between ${lanes.join(', ')}`;
  return (
    <div ref={box} class="scroll">
      <svg
        class="sequence"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
      >
        {lanes.map((lane, index) => (
          <Lane key={lane} name={lane} role={roleOf(index)} x={laneX(frame, index)} frame={frame} />
        ))}
        {steps.map((step, index) => (
          <Step
            key={`${index} ${step.text}`}
            step={step}
            y={headHeight + (index + 0.7) * rowHeight}
            frame={frame}
          />
        ))}
        {!isOver && (
          <line class="now" x1={0} x2={width} y1={height - 12} y2={height - 12}>
            <title>now</title>
          </line>
        )}
      </svg>
    </div>
  );
}

function roleOf(index: number): string {
  return index === 0 ? 'client' : index === 1 ? 'owner' : 'voter';
}

function laneX({ laneWidth }: Frame, index: number): number {
  return gutter + (index + 0.5) * laneWidth;
}

type LaneProps = {
  readonly name: string;
  readonly role: string;
  readonly x: number;
  readonly frame: Frame;
};

function Lane({ name, role, x, frame: { laneWidth, height } }: LaneProps) {
  const width = laneWidth - 14;
  return (
    <g class={`lane ${role}`}>
      <line x1={x} x2={x} y1={boxHeight + 4} y2={height - 12} />
      <rect x={x - width / 2} y={4} width={width} height={boxHeight} rx={8} />
      <text x={x} y={4 + boxHeight / 2}>
        {fitted(name, width - 8, boldGlyph)}
        <title>{`${name} (${role})`}</title>
      </text>
    </g>
  );
}

type StepProps = { readonly step: DiagramStep; readonly y: number; readonly frame: Frame };

function Step({ step, y, frame }: StepProps) {
  const from = laneX(frame, frame.lanes.indexOf(step.from));
  const to = laneX(frame, frame.lanes.indexOf(step.to));
  return (
    <g class={`step tone-${step.tone}`} data-step={`${step.from} ${step.to} ${step.text}`}>
      <text class="at" x={gutter - 12} y={y}>
        {step.isOpen ? '' : `+${duration(step.atMs - frame.beginMs)}`}
        <title>{clockTime(step.atMs)}</title>
      </text>
      {step.from === step.to ? (
        <Own step={step} x={from} y={y} frame={frame} />
      ) : (
        <Arrow step={step} from={from} to={to} y={y} frame={frame} />
      )}
    </g>
  );
}

function textOf({ text, count, isOpen, atMs }: DiagramStep, nowMs: number): string {
  const times = count > 1 ? ` ×${count}` : '';
  return isOpen ? `${text} for ${duration(nowMs - atMs)}` : `${text}${times}`;
}

function Own({ step, x, y, frame }: StepProps & { readonly x: number }) {
  const full =
    step.reason === null
      ? textOf(step, frame.nowMs)
      : `${textOf(step, frame.nowMs)}: ${step.reason}`;
  const label = fitted(full, Math.max(frame.laneWidth * 1.6, 220));
  const width = label.length * boldGlyph + 20;
  const left = Math.max(4, Math.min(x - width / 2, frame.width - width - 4));
  return (
    <>
      <rect class="pill" x={left} y={y - 12} width={width} height={24} rx={12} />
      <text class="pill-text" x={left + width / 2} y={y}>
        {label}
        <title>{full}</title>
      </text>
    </>
  );
}

type ArrowProps = StepProps & { readonly from: number; readonly to: number };

function Arrow({ step, from, to, y, frame }: ArrowProps) {
  const right = to > from;
  const end = to + (right ? -2 : 2);
  const tip = right ? -arrow : arrow;
  const reason = step.reason === null ? '' : `: ${step.reason}`;
  const full = `${textOf(step, frame.nowMs)}${reason}`;
  // Beside the lane of the sender, so that the labels of one lane stand below each other.
  const x = from + (right ? 10 : -10);
  return (
    <>
      <line class="way" x1={from} x2={end} y1={y + 6} y2={y + 6} />
      <path class="head" d={`M${end} ${y + 6}l${tip} ${-arrow / 1.6}v${arrow * 1.25}z`} />
      <text class={`words ${right ? 'to-right' : 'to-left'}`} x={x} y={y - 5}>
        {fitted(full, Math.abs(to - from) - 16)}
        <title>{full}</title>
      </text>
    </>
  );
}

function fitted(text: string, width: number, glyphWidth = glyph): string {
  const most = Math.max(6, Math.floor(width / glyphWidth));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
