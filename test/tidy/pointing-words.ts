/**
 * Words in comments that point at a noun instead of naming the noun, per 100 words of comment.
 *
 * Job: count the words in the comments of a file.
 * Boundary: counts words and judges no sentence, so "that node" counts like "that".
 *
 * The list reproduces the first measurement of this project: 13.5 words in all, 2.5 question words.
 * Other projects by the same list: rabbitmq-client 5.0 3.7 (0.1), ioredis 6 3.7 (0.1), XState 5.33
 * 4.9 (0.1), amqplib 2.3 5.2 (0.3).
 *
 * - Sentences only: code in back-ticks, tags, web addresses and words with `/` or brackets do not
 *   count.
 */
export interface WordCount {
  readonly words: number;
  readonly pointing: number;
  /** The pointing words that also begin questions: what, who … */
  readonly questions: number;
}

const questions = new Set(['what', 'whatever', 'who', 'whoever', 'whom', 'whose']);
const pointing = new Set([
  ...['it', 'its', 'itself', 'they', 'them', 'their'],
  ...['this', 'that', 'these', 'those', 'which', 'one', 'ones', 'such', 'there', 'here', 'where'],
  ...questions,
]);

export function pointingWordsIn(comments: string): WordCount {
  const prose = comments
    .replace(/`[^`\n]*`/g, ' ')
    .replace(/@\w+|https?:\S+/g, ' ')
    .replace(/\S*[/(){}]\S*/g, ' ');
  const words = prose.toLowerCase().match(/[a-z][a-z'’-]*/g) ?? [];
  return {
    words: words.length,
    pointing: words.filter((word) => pointing.has(word)).length,
    questions: words.filter((word) => questions.has(word)).length,
  };
}

export function sumOf(counts: readonly WordCount[]): WordCount {
  const sum = (key: keyof WordCount) => counts.reduce((total, count) => total + count[key], 0);
  return { words: sum('words'), pointing: sum('pointing'), questions: sum('questions') };
}
