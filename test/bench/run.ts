/** The benchmarks: `npm run bench [-- --quick | --tiny] [--rounds <n>] [--only <name>]… [--markdown] [--json]`. */
import { benchmarks } from './benchmarks.ts';
import { runBenchmarks } from './run-benchmarks.ts';

await runBenchmarks(benchmarks);
