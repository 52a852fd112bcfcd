/** The config of the maintenance service of the documents. */
import { readFileSync } from 'node:fs';
import { projectRoot } from '../../../support/project-root.ts';

export const maintenanceText = readFileSync(
  `${projectRoot}test/unit/docs/maintenance/maintenance.json`,
  'utf8',
);
