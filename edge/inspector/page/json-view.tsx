/** JSON to read: indented, with colours for keys, texts and numbers. */
import type { Json } from '../contract.ts';

const tokens = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function JsonView({ value }: { readonly value: Json }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return <pre class="json">{typeof value === 'string' ? text : coloured(text)}</pre>;
}

function coloured(text: string) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(tokens)) {
    const [all, quoted, colon, word] = match;
    parts.push(text.slice(from, match.index));
    const kind = colon !== undefined ? 'key' : quoted !== undefined ? 'text' : (word ?? 'number');
    parts.push(
      <span key={match.index} class={`json-${kind}`}>
        {all}
      </span>,
    );
    from = match.index + all.length;
  }
  parts.push(text.slice(from));
  return parts;
}
