/**
 * Runs benchmarks as the command line says: `[--quick | --tiny] [--rounds <n>] [--only <name>]… [--markdown] [--json]`.
 *
 * A name is one of the table in README.md, with or without `@parameter`. `--rounds` is how many runs of each side are counted;
 * `--markdown` adds the rows of that table, `--json` a last line that is one object.
 * Exits 1 when a benchmark fails, 2 on a wrong word; one whose server is away is left out, and that is said.
 */
import { parseArgs } from 'node:util';
import { unreachable } from '../support/servers.ts';
import { type Benchmark, type Figure, hold, labelOf, type Size } from './contest.ts';
import { figureLine, jsonLine, tableRow } from './report.ts';
import { targets } from './targets.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    tiny: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
  },
});

function wanted(benchmarks: readonly Benchmark[]): readonly Benchmark[] {
  const { only } = values;
  const known = benchmarks.flatMap((benchmark) => [benchmark.name, labelOf(benchmark)]);
  const strange = only.find((name) => !known.includes(name));
  if (strange !== undefined) {
    process.stderr.write(
      `no benchmark '${strange}'; there are ${[...new Set(benchmarks.map(({ name }) => name))].join(', ')}\n`,
    );
    process.exit(2);
  }
  if (only.length === 0) return benchmarks.filter(({ slow = false }) => !(slow && values.quick));
  return benchmarks.filter(
    (benchmark) => only.includes(benchmark.name) || only.includes(labelOf(benchmark)),
  );
}

function rounds(): number | undefined {
  if (values.rounds === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(values.rounds)) return Number(values.rounds);
  process.stderr.write(`--rounds ${values.rounds}: expected a whole number from 1 to 9999\n`);
  process.exit(2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function run(benchmark: Benchmark, size: Size): Promise<Readonly<Record<string, Figure>>> {
  const away = await unreachable(benchmark.needs);
  if (away.length > 0) {
    print(`${labelOf(benchmark)}: left out, ${away.join(' and ')} cannot be reached`);
    return {};
  }
  const missing = benchmark.missing?.();
  if (missing !== undefined) {
    print(`${labelOf(benchmark)}: left out, ${missing} is not installed`);
    return {};
  }
  const figures = await hold(benchmark, size, rounds());
  for (const [label, figure] of Object.entries(figures)) print(figureLine(label, figure));
  return figures;
}

/** Ends the process when it is through: what others left open is no reason to stay. */
export async function runBenchmarks(benchmarks: readonly Benchmark[]): Promise<never> {
  const size: Size = values.tiny ? 'tiny' : values.quick ? 'quick' : 'full';
  const all: Record<string, Figure> = {};
  for (const benchmark of wanted(benchmarks)) Object.assign(all, await run(benchmark, size));
  if (values.markdown)
    for (const [label, figure] of Object.entries(all))
      print(tableRow(label, figure, targets[label]));
  if (values.json) print(jsonLine(all));
  process.exit(0);
}
