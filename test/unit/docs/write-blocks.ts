/** Writes every code block of the documents as the file it is tested in: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { documents, documentText, withTestedBlocks } from '../../support/doc-blocks.ts';
import { projectRoot } from '../../support/project-root.ts';

for (const path of documents()) {
  const text = withTestedBlocks(path);
  if (text === documentText(path)) continue;
  writeFileSync(`${projectRoot}${path}`, text);
  process.stdout.write(`${path}\n`);
}
