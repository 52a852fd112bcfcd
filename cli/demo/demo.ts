/**
 * The demo: creates a metalworking shop, deletes parts of the shop, kills a process on the way, and
 * checks the rest.
 *
 * - checked: anything that is not as expected ends the demo with an error that names the
 *   difference.
 * - clean: however the demo ends, its processes, folders, queues and schemas are removed.
 */
import { systemClock } from '../../runtime/ports/clock.ts';
import { type DemoOptions, openSetup } from './demo-setup.ts';
import { DemoSteps } from './demo-steps.ts';
import { Terminal } from './terminal.ts';

export async function runDemo(options: DemoOptions): Promise<void> {
  const startedMs = systemClock.now();
  const terminal = new Terminal((line) => void process.stdout.write(`${line}\n`));
  const removeHandlers = [exitOn('SIGINT', 130), exitOn('SIGTERM', 143)];
  try {
    const setup = await openSetup(options);
    try {
      await new DemoSteps(setup, terminal).run();
    } finally {
      await setup.close();
    }
    const seconds = ((systemClock.now() - startedMs) / 1000).toFixed(1);
    terminal.heading(`Everything is as expected (${seconds} s).`);
  } finally {
    for (const remove of removeHandlers) remove();
  }
}

/**
 * Exits on the signal, so that the exit handlers remove processes and folders. Returns what takes
 * the handler off again.
 */
function exitOn(signal: NodeJS.Signals, code: number): () => void {
  const exit = () => process.exit(code);
  process.once(signal, exit);
  return () => process.off(signal, exit);
}
