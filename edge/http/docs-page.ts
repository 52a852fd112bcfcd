/** The page that shows the OpenAPI document and sends requests. It needs no other host. */
export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>unanimous</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  summary { cursor: pointer; padding: .2rem 0 }
  code, pre, textarea, input { font: 14px/1.4 ui-monospace, monospace }
  pre { background: #8881; padding: .5rem; overflow: auto; max-height: 30rem }
  textarea { width: 100%; height: 6rem }
  label { display: block }
  .method { display: inline-block; width: 4.5rem; font-weight: bold }
</style>
</head>
<body>
<h1>unanimous</h1>
<p>The operations of <a href="openapi.json">openapi.json</a>.</p>
<label>Authorization <input id="authorization" size="40" placeholder="Bearer …"></label>
<main></main>
<template>
  <details>
    <summary><code><span class="method"></span> <span class="path"></span></code> <span class="about"></span></summary>
    <form>
      <div class="fields"></div>
      <label class="body">Body <textarea></textarea></label>
      <button>Send</button>
    </form>
    <pre class="answer" hidden></pre>
    <details><summary>Schemas</summary><pre class="schemas"></pre></details>
  </details>
</template>
<script>
const find = (root, name) => root.querySelector(name);
const template = find(document, 'template');
function field(form, { name, in: place, required = false }) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { name, required, size: 40 });
  input.dataset.place = place;
  label.append(name + ' (' + place + ') ', input);
  find(form, '.fields').append(label);
}
async function send(form, method, path) {
  const query = new URLSearchParams();
  const headers = {};
  let url = path;
  for (const { name, value, dataset } of form.querySelectorAll('input')) {
    if (value === '') continue;
    if (dataset.place === 'path') url = url.replace('{' + name + '}', encodeURIComponent(value));
    if (dataset.place === 'query') query.append(name, value);
    if (dataset.place === 'header') headers[name] = value;
  }
  const authorization = find(document, '#authorization').value;
  if (authorization !== '') headers.authorization = authorization;
  const body = method === 'get' ? '' : find(form, 'textarea').value;
  if (body !== '') headers['content-type'] = 'application/json';
  const search = query.size === 0 ? '' : '?' + query;
  const answer = await fetch(url + search, { method: method.toUpperCase(), headers, body: body || undefined });
  const text = await answer.text();
  const shown = text === '' ? '' : JSON.stringify(JSON.parse(text), null, 2);
  const at = answer.headers.get('location');
  return answer.status + ' ' + answer.statusText + (at ? '\\nLocation: ' + at : '') + '\\n\\n' + shown;
}
function show(path, method, operation) {
  const part = template.content.cloneNode(true);
  const form = find(part, 'form');
  const answer = find(part, '.answer');
  find(part, '.method').textContent = method.toUpperCase();
  find(part, '.path').textContent = path;
  find(part, '.about').textContent = operation.summary;
  find(part, '.schemas').textContent = JSON.stringify(operation, null, 2);
  find(part, '.body').hidden = operation.requestBody === undefined;
  for (const parameter of operation.parameters) field(form, parameter);
  form.onsubmit = (event) => {
    event.preventDefault();
    answer.hidden = false;
    send(form, method, path).then(
      (text) => { answer.textContent = text; },
      (error) => { answer.textContent = String(error); },
    );
  };
  find(document, 'main').append(part);
}
fetch('openapi.json').then((answer) => answer.json()).then(({ paths }) => {
  for (const [path, item] of Object.entries(paths))
    for (const [method, operation] of Object.entries(item)) show(path, method, operation);
});
</script>
</body>
</html>
`;
