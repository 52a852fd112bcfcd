/** A journal whose open commits fail at one place: nothing happens there, or the answer of what happened is lost. */
import { Transient } from '../../../../runtime/ports/errors.ts';
import type { Journal, OpenCommit } from '../../../../runtime/ports/journal.ts';

export const places = ['begin', 'write', 'read', 'load', 'commit', 'commit unheard'] as const;
export type Place = (typeof places)[number];

export class FailingCommit {
  readonly #place: Place | undefined;
  /** Open commits that have neither ended nor been rolled back. */
  open = 0;
  /** Calls, by name. */
  readonly calls: string[] = [];

  constructor(place?: Place) {
    this.#place = place;
  }

  over(journal: Journal): Journal {
    return new Proxy(journal, {
      get: (target, name) => {
        if (name === 'begin') return () => this.#begin(target);
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  async #begin(journal: Journal): Promise<OpenCommit> {
    this.#reach('begin');
    const open = await journal.begin();
    this.open += 1;
    return {
      load: async (requests) => this.#reach('load') ?? open.load(requests),
      write: async (writes) => this.#reach('write') ?? open.write(writes),
      read: async (store, op, args) => this.#reach('read') ?? open.read(store, op, args),
      commit: async (...commit) => {
        this.#reach('commit');
        await open.commit(...commit);
        this.open -= 1;
        this.#reach('commit unheard');
      },
      rollBack: async () => {
        this.calls.push('rollBack');
        await open.rollBack();
        this.open = 0;
      },
    };
  }

  #reach(place: Place): undefined {
    this.calls.push(place);
    if (this.#place === place) throw new Transient('not-reachable', `lost at ${place}`);
  }
}
