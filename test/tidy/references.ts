/** The documents that are generated from the code, each with its path from the root. */
import { readFileSync } from 'node:fs';
import { buildProgram } from '../../cli/program.ts';
import { projectRoot } from '../support/project-root.ts';
import { commandReference } from './command-reference.ts';
import { configReference } from './config-reference.ts';

export interface Reference {
  readonly path: string;
  readonly text: string;
}

export function references(): readonly Reference[] {
  const schema = readFileSync(`${projectRoot}config/exchange-config.schema.json`, 'utf8');
  return [
    { path: 'docs/config.md', text: `${configReference(JSON.parse(schema)).trimEnd()}\n` },
    { path: 'docs/cli.md', text: `${commandReference(buildProgram()).trimEnd()}\n` },
  ];
}
