/** A journal that fails as a test says. */
import type { TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import type { TurnBench } from './turn-bench.ts';

/** A journal whose commits fail as told, before they begin. */
export function failing(failures: (turns: readonly TurnCommit[]) => Error | undefined) {
  return {
    journal: (real: TurnBench['journal']) => ({
      commit: async (
        instance: string,
        turns: readonly TurnCommit[],
        confirmed?: readonly string[],
      ) => {
        const failure = failures(turns);
        if (failure !== undefined) throw failure;
        await real.commit(instance, turns, confirmed);
      },
    }),
  };
}
