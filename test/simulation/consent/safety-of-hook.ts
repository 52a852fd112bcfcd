/** What the system behind the webhook has seen, and that the system is told the end of each promise. */
import type { Invariant } from '../../../testing/simulation/system.ts';
import type { ConsentRun } from './consent-run.ts';
import { hookName } from './hook.ts';

export function hookRules({ hook, chronicle }: ConsentRun): readonly Invariant[] {
  if (hook === undefined) return [];
  return [
    {
      name: 'what the webhook sees',
      committed: (_turns, world) => {
        const seen = hook.problem;
        if (seen !== undefined) world.fail(seen.invariant, seen.problem);
        return undefined;
      },
    },
    {
      name: 'forgets last',
      atEnd: () => {
        const deletions = [...chronicle.sagas.values()].filter(({ verb }) => verb === 'delete');
        const left = deletions
          .flatMap(({ removed, skipped }) =>
            [...removed].filter((nodeId) => skipped.get(nodeId)?.has(hookName) !== true),
          )
          .find((nodeId) => hook.isCleaned(nodeId) === false);
        return left && `${left} is removed, and its rows outside are left`;
      },
    },
    {
      name: 'ends are kept',
      atEnd: () => {
        const left = hook.kept.find(({ saga, nodeId }) => {
          const { removed, skipped } = chronicle.story(saga);
          return removed.has(nodeId) && skipped.get(nodeId)?.has(hookName) !== true;
        });
        return left && `the webhook is not told the end of what it keeps of ${left.nodeId}`;
      },
    },
    {
      name: 'nothing left over',
      atEnd: () => {
        const open = hook.waiting.find(({ saga, nodeId }) => {
          return chronicle.story(saga).skipped.get(nodeId)?.has(hookName) !== true;
        });
        return (
          open && `the webhook has agreed to ${open.nodeId} under ${open.saga}, without an end`
        );
      },
    },
  ];
}
