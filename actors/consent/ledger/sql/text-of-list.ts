/**
 * The text of a list of ids, made once: one commit or read names the same list of thousands of ids in
 * a dozen statements.
 *
 * Only a frozen list is known again, because nobody can change it. A short list is made again faster
 * than it is looked up.
 */
const shortest = 64;

export function textOfList(
  make: (list: readonly string[]) => string,
): (list: readonly string[]) => string {
  const known = new WeakMap<readonly string[], string>();
  return (list) => {
    if (list.length < shortest || !Object.isFrozen(list)) return make(list);
    const before = known.get(list);
    if (before !== undefined) return before;
    const text = make(list);
    known.set(list, text);
    return text;
  };
}
