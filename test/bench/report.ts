/** What benchmarks have come to, as a table for a reader and as one line for a program. */
import type { Figure, Latency } from './contest.ts';

export function figureLine(label: string, figure: Figure): string {
  const { ours, other, ratio, spread, unit, oursLatency, otherLatency, notes = [] } = figure;
  const against = other === null || ratio === null ? '' : `  other ${short(other)}  ratio ${ratio.toFixed(2)}`;
  const between = `  (${short(spread[0])} to ${short(spread[1])})`;
  const latency = [latencyText('ours', oursLatency), latencyText('other', otherLatency)].filter((text) => text !== '').join('; ');
  const lines = [`${label.padEnd(28)} ours ${short(ours)}${against}${between}  ${unit}`];
  if (latency !== '') lines.push(`  ${latency}`);
  return [...lines, ...notes.map((note) => `  ${note}`)].join('\n');
}

function latencyText(who: string, latency: Latency | undefined): string {
  return latency === undefined ? '' : `${who}: p50 ${latency.p50Ms.toFixed(2)} ms, p99 ${latency.p99Ms.toFixed(2)} ms`;
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

export function jsonLine(figures: Readonly<Record<string, Figure>>): string {
  return JSON.stringify(figures);
}
