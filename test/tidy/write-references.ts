/** Writes the documents that are generated from the code: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { projectRoot } from '../support/project-root.ts';
import { references } from './references.ts';

for (const { path, text } of references()) writeFileSync(`${projectRoot}${path}`, text);
