/**
 * Topic routing: patterns of words split by dots; `*` stands for exactly one word and `#` for zero
 * or more.
 *
 * 1. An empty key or pattern has no words; `a.` has two, the second empty.
 * 2. A lookup walks only the branches that can still match, so its cost follows the key, not the
 *    number of bindings.
 */
interface TrieNode<T> {
  readonly children: Map<string, TrieNode<T>>;
  readonly values: Set<T>;
}

function emptyNode<T>(): TrieNode<T> {
  return { children: new Map(), values: new Set() };
}

function wordsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split('.');
}

export class TopicTrie<T> {
  readonly #root: TrieNode<T> = emptyNode();

  add(pattern: string, value: T): void {
    let node = this.#root;
    for (const word of wordsOf(pattern)) {
      const next = node.children.get(word) ?? emptyNode<T>();
      node.children.set(word, next);
      node = next;
    }
    node.values.add(value);
  }

  remove(pattern: string, value: T): void {
    this.#prune(this.#root, wordsOf(pattern), 0, value);
  }

  /** Every value under a pattern that matches `key`, each once. */
  matches(key: string): Set<T> {
    const found = new Set<T>();
    this.#walk(this.#root, wordsOf(key), 0, found);
    return found;
  }

  #walk(node: TrieNode<T>, words: readonly string[], index: number, found: Set<T>): void {
    const word = words[index];
    if (word === undefined) for (const value of node.values) found.add(value);
    else {
      this.#descend(node.children.get('*'), words, index + 1, found);
      // A literal `*` or `#` in a key is an ordinary word; the branches beside this one already
      // cover it.
      if (word !== '*' && word !== '#')
        this.#descend(node.children.get(word), words, index + 1, found);
    }
    const rest = node.children.get('#');
    if (rest === undefined) return;
    for (let next = index; next <= words.length; next += 1) this.#walk(rest, words, next, found);
  }

  #descend(
    node: TrieNode<T> | undefined,
    words: readonly string[],
    index: number,
    found: Set<T>,
  ): void {
    if (node !== undefined) this.#walk(node, words, index, found);
  }

  /** Removes the value and the branches that are empty then. Says whether the node itself is empty. */
  #prune(node: TrieNode<T>, words: readonly string[], index: number, value: T): boolean {
    const word = words[index];
    if (word === undefined) node.values.delete(value);
    else {
      const child = node.children.get(word);
      if (child !== undefined && this.#prune(child, words, index + 1, value))
        node.children.delete(word);
    }
    return node.values.size === 0 && node.children.size === 0;
  }
}
