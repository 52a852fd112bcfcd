/** What benchmarks have come to, as a table for a reader and as one line for a program. */
import type { Figure, Latency } from './contest.ts';

export function figureLine(label: string, figure: Figure): string {
  const { ours, other, ratio, spread, unit, oursLatency, otherLatency, notes = [] } = figure;
  const against =
    other === null || ratio === null ? '' : `  other ${short(other)}  ratio ${ratio.toFixed(2)}`;
  const between = `  (${short(spread[0])} to ${short(spread[1])})`;
  const latency = [latencyText('ours', oursLatency), latencyText('other', otherLatency)]
    .filter((text) => text !== '')
    .join('; ');
  const lines = [`${label.padEnd(28)} ours ${short(ours)}${against}${between}  ${unit}`];
  if (latency !== '') lines.push(`  ${latency}`);
  return [...lines, ...notes.map((note) => `  ${note}`)].join('\n');
}

function latencyText(who: string, latency: Latency | undefined): string {
  return latency === undefined
    ? ''
    : `${who}: p50 ${latency.p50Ms.toFixed(2)} ms, p99 ${latency.p99Ms.toFixed(2)} ms`;
}

/** Three digits are as many as a benchmark tells. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1_000)
    return Math.round(Number(value.toPrecision(3)))
      .toLocaleString('en')
      .replaceAll(',', ' ');
  return String(Number(value.toPrecision(3)));
}

/** A row of the table in README.md: ours, other, unit, ratio with its spread, the target, p50 / p99 of ours and of the other. */
export function tableRow(label: string, figure: Figure, target: number | undefined): string {
  const { ours, other, ratio, spread, unit, oursLatency, otherLatency } = figure;
  const isRatio = other !== null && ratio !== null;
  const digits = isRatio ? (value: number) => value.toFixed(2) : short;
  const cells = [
    ...[`\`${label}\``, short(ours), other === null ? '–' : short(other), unit],
    ...[
      isRatio ? digits(ratio) : '–',
      `${digits(spread[0])} to ${digits(spread[1])}`,
      target === undefined ? '' : `≥ ${target}`,
    ],
    ...[latencyCell(oursLatency), latencyCell(otherLatency)],
  ];
  return `| ${cells.join(' | ')} |`;
}

function latencyCell(latency: Latency | undefined): string {
  return latency === undefined ? '' : `${short(latency.p50Ms)} / ${short(latency.p99Ms)}`;
}

export function jsonLine(figures: Readonly<Record<string, Figure>>): string {
  return JSON.stringify(figures);
}
