/** The benchmarks: `npm run bench [-- --quick | --tiny] [--only <name>]… [--json]`. */
import { benchmarks } from './benchmarks.ts';
import { runBenchmarks } from './run-benchmarks.ts';

await runBenchmarks(benchmarks);
