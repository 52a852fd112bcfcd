/** A memory journal as processes share it on a database: others may hold it too, it outlives them, and it has a clock of its own. */
import type { MemoryJournal } from '../../runtime/memory/memory-journal.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { ProcessState } from '../../runtime/ports/journal-processes.ts';

export function databaseLike(journal: MemoryJournal, clock: Clock): Journal {
  const change = {
    exclusive: false,
    close: async () => undefined,
    beat: async (instance: string, nowMs: number, state?: ProcessState) => {
      await journal.beat(instance, nowMs, state);
      return clock.now();
    },
  };
  return new Proxy(journal, {
    get: (target, name) => {
      const member: unknown = Reflect.get(name in change ? change : target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
