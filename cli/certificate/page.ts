/** A certificate as a page to print: HTML without scripts and without anything to load. Pure. */
import type { Certificate } from './seal.ts';

type Row = readonly (string | number | null)[];

const style = `body{font:14px/1.5 serif;max-width:60em;margin:2em auto;padding:0 1em}
h1{font-size:1.6em}h2{font-size:1.1em;margin-top:1.6em}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}
td{overflow-wrap:anywhere}code{font:12px monospace;overflow-wrap:anywhere}
@media print{body{margin:0}tr{break-inside:avoid}}`;

export function certificatePage({ content, hash, key, signature }: Certificate): string {
  const { subject, asked, agreed, removed, receipts, transaction, endedAtMs, issuedAtMs } = content;
  const title = `Certificate of deletion: ${subject.kind} ${subject.id}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style></head><body>
<h1>${escaped(title)}</h1>
${table('Asked', ['by', 'at the service', 'time'], [[asked.by, asked.service, time(asked.atMs)]])}
${table(
  'Answers',
  ['by', 'about', 'answer', 'reason', 'time'],
  agreed.map(({ by, about, answer, reason, atMs }) => [by, about, answer, reason, time(atMs)]),
)}
${table(
  'Removed',
  ['kind', 'id', 'name', 'service', 'time'],
  removed.map(({ kind, id, name, service, atMs }) => [kind, id, name, service, time(atMs)]),
)}
${table(
  'Files',
  ['URL', 'outcome', 'bytes', 'SHA-256', 'note', 'time'],
  receipts.map(({ url, outcome, bytes, sha256, note, atMs }) => [
    url,
    outcome,
    bytes,
    sha256,
    note,
    time(atMs),
  ]),
)}
${transaction === null ? '' : table('Transaction', ['address'], [[transaction.address]])}
${table('Times', ['asked', 'ended', 'certified'], [[time(asked.atMs), time(endedAtMs), time(issuedAtMs)]])}
<h2>Seal</h2>
<p>SHA-256 of the content: <code>${escaped(hash)}</code><br>
SHA-256 of the public key: <code>${escaped(key)}</code><br>
Ed25519 signature: <code>${escaped(signature)}</code></p>
<p>This page is a print of the certificate. The JSON file of the certificate is checked with
<code>unanimous certificate verify</code>.</p>
</body></html>
`;
}

function table(title: string, heads: readonly string[], rows: readonly Row[]): string {
  if (rows.length === 0) return `<h2>${title}</h2><p>None.</p>`;
  const line = (cells: Row, tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(String(cell ?? '–'))}</${tag}>`).join('')}</tr>`;
  return `<h2>${title}</h2><table>${line(heads, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
