import { sharedFilesContract } from './shared-files.ts';

sharedFilesContract('PGlite in memory', { url: 'pglite://' });
